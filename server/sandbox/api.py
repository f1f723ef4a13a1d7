"""One request to Stripe's API, from the key to the answer: faults, authentication, idempotency, validation, work."""

import json
from dataclasses import dataclass, field
from os import SEEK_END

from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Request

from server.sandbox import endpoints, faults, forms, idempotency, lists, parameters, timers
from server.sandbox.errors import StripeError
from server.sandbox.state import API_VERSION, Json, State, new_id


@dataclass
class Answer:
    """What goes back: nothing at all when `dropped`, whatever was done."""

    request_id: str
    status: int = 0
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    replayed: bool = False
    dropped: bool = False


@dataclass
class Call:
    """One request and what became of it."""

    request: Request
    id: str
    faults: dict[str, Json]
    form: Json = field(default_factory=dict)
    claimed: str | None = None

    @property
    def key(self) -> str | None:
        """The idempotency key within its scope, the caller's API key. Reading needs none."""
        key = self.request.headers.get("Idempotency-Key")
        return f"{self.request.headers['Authorization']} {key}" if key and self.request.method == "POST" else None


def answer(state: State, request: Request) -> Answer:
    """Serve one request and write it into the journal."""
    with state.lock:
        fired = {fault["kind"]: fault for fault in faults.for_request(state, request.method, request.path)}
        call = Call(request, new_id("req", 14), fired)
        entry = _journal(state, call)
    given = Answer(call.id, dropped=True) if "drop_before" in fired else _answer(state, call)
    given.dropped = given.dropped or "drop_after" in fired
    with state.lock:
        entry.update(params=call.form, status=given.status or None, replayed=given.replayed, dropped=given.dropped)
        entry["response_id"] = json.loads(given.body).get("id") if given.body else None
        state.touched()
    return given


def _answer(state: State, call: Call) -> Answer:
    try:
        with state.lock:
            timers.fire_due(state)
            kept = _admit(state, call)
        if kept is not None:
            headers = _headers(call) | {"Idempotent-Replayed": "true", "Original-Request": kept["request_id"]}
            return Answer(call.id, kept["status"], kept["body"], headers, replayed=True)
        if "latency" in call.faults:
            state.wait(call.faults["latency"]["seconds"])
        with state.lock:
            return _work(state, call)
    except StripeError as error:
        body = json.dumps(error.body(call.id))
        return Answer(call.id, error.status, body, _headers(call))
    finally:
        if call.claimed:
            with state.lock:
                state.in_flight.discard(call.claimed)


def _admit(state: State, call: Call) -> Json | None:
    """Authenticate, decode, and find the answer kept for the key; else claim the key."""
    _authenticate(call.request)
    for kind in ("error_409", "error_429"):
        if kind in call.faults and (error := faults.answer_instead(kind)):
            raise error
    pairs = call.request.form if call.request.method == "POST" else call.request.args
    call.form = forms.decode([*pairs.items(multi=True), *((name, _name(file)) for name, file in _files(call))])
    if call.key is None:
        return None
    print = idempotency.fingerprint(call.request.method, call.request.path, call.form)
    kept = idempotency.begin(state, call.key, print)
    call.claimed = call.key if kept is None else None
    return kept


def _work(state: State, call: Call) -> Answer:
    """Do what was asked, and keep the answer for the key unless it was refused before it began."""
    try:
        result = _operate(state, call)
        status, body, headers = 200, json.dumps(result), _headers(call)
    except StripeError as error:
        if not error.remembered:
            raise
        status, body, headers = (error.status, json.dumps(error.body(call.id)), _headers(call))
    if call.key is not None:
        print = idempotency.fingerprint(call.request.method, call.request.path, call.form)
        idempotency.keep(state, call.key, print, request_id=call.id, status=status, body=body)
    return Answer(call.id, status, body, headers)


def _operate(state: State, call: Call) -> Json:
    found = endpoints.match(call.request.method, call.request.path)
    if found is None:
        raise StripeError(
            f"Unrecognized request URL ({call.request.method}: {call.request.path}). Please see "
            "https://stripe.com/docs or we can help at https://support.stripe.com/.",
            status=404,
            remembered=False,
        )
    endpoint, ids = found
    params = parameters.checked(parameters.named(endpoint.params), call.form)
    for kind in ("error_500", "reader_busy", "reader_offline", "reader_timeout"):
        if kind in call.faults and (error := faults.answer_instead(kind)):
            raise error
    state.request = {
        "id": call.id,
        "idempotency_key": call.request.headers.get("Idempotency-Key"),
        "host": call.request.host_url.rstrip("/"),
        "upload": next((_described(file) for _, file in _files(call)), None),
        "mishap": next((kind for kind in faults.MISHAPS if kind in call.faults), None),
    }
    try:
        result = lists.expanded(state, endpoint.operation(state, params, ids), params.get("expand") or [])
    finally:
        state.request = {"id": None, "idempotency_key": None}
    if "reader_timeout_delivered" in call.faults and (error := faults.answer_instead("reader_timeout_delivered")):
        raise error
    return result


def _files(call: Call) -> list[tuple[str, FileStorage]]:
    return list(call.request.files.items())


def _described(file: FileStorage) -> Json:
    """What is kept of an upload. Its size is where its end is."""
    return {"filename": _name(file), "size": file.stream.seek(0, SEEK_END)}


def _name(file: FileStorage) -> str:
    return file.filename or "file"


def _authenticate(request: Request) -> None:
    told = request.authorization
    # The SDKs send the key as a token, `curl -u sk_test_...:` as the name of a user without a password.
    key = (told.token if told.type == "bearer" else told.username) if told else None
    if not key:
        raise StripeError(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using "
            "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            status=401,
            remembered=False,
        )
    if key.startswith(("sk_live_", "rk_live_")):
        raise StripeError(
            "This is the sandbox: it takes test keys (sk_test_...) only, and was sent a live one. Take the live key "
            "out of this configuration.",
            status=401,
            remembered=False,
        )
    if not key.startswith("sk_test_"):
        raise StripeError("Invalid API Key provided.", status=401, remembered=False)


def _headers(call: Call) -> dict[str, str]:
    headers = {"Stripe-Version": call.request.headers.get("Stripe-Version", API_VERSION)}
    if "Idempotency-Key" in call.request.headers:
        headers["Idempotency-Key"] = call.request.headers["Idempotency-Key"]
    return headers


def _journal(state: State, call: Call) -> Json:
    state.requests_seen += 1
    entry = {
        "n": state.requests_seen,
        "at": state.now(),
        "method": call.request.method,
        "path": call.request.path,
        "params": {},
        "idempotency_key": call.request.headers.get("Idempotency-Key"),
        "request_id": call.id,
        "status": None,
        "replayed": False,
        "dropped": False,
        "response_id": None,
        "faults": list(call.faults),
    }
    state.journal.append(entry)
    return entry
