"""The sandbox against the installed SDK: the parameters it takes, and the shape of what it answers."""

import types
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, ClassVar, ForwardRef, Literal, Union, get_args, get_origin

import pytest
import requests
import stripe
from stripe._request_options import RequestOptions
from stripe._stripe_object import StripeObject, UntypedStripeObject

from server.sandbox import endpoints, parameters
from tests.sandbox.bench import CART, INPUTS, KEY, Bench

# Every call of the SDK that is served, with the ids it takes.
CALLS = [
    ("accounts.retrieve_current", 0),
    ("balance.retrieve", 0),
    ("terminal.locations.create", 0),
    ("terminal.locations.retrieve", 1),
    ("terminal.locations.list", 0),
    ("terminal.locations.update", 1),
    ("terminal.configurations.create", 0),
    ("terminal.configurations.retrieve", 1),
    ("terminal.configurations.list", 0),
    ("terminal.configurations.update", 1),
    ("terminal.configurations.delete", 1),
    ("terminal.connection_tokens.create", 0),
    ("terminal.readers.create", 0),
    ("terminal.readers.retrieve", 1),
    ("terminal.readers.list", 0),
    ("terminal.readers.delete", 1),
    ("terminal.readers.process_payment_intent", 1),
    ("terminal.readers.refund_payment", 1),
    ("terminal.readers.set_reader_display", 1),
    ("terminal.readers.collect_inputs", 1),
    ("test_helpers.terminal.readers.succeed_input_collection", 1),
    ("test_helpers.terminal.readers.timeout_input_collection", 1),
    ("terminal.readers.process_setup_intent", 1),
    ("customers.create", 0),
    ("customers.retrieve", 1),
    ("customers.list", 0),
    ("customers.update", 1),
    ("payment_methods.retrieve", 1),
    ("payment_methods.list", 0),
    ("payment_methods.attach", 1),
    ("payment_methods.detach", 1),
    ("setup_intents.create", 0),
    ("setup_intents.retrieve", 1),
    ("setup_intents.list", 0),
    ("setup_intents.cancel", 1),
    ("disputes.retrieve", 1),
    ("disputes.list", 0),
    ("disputes.update", 1),
    ("disputes.close", 1),
    ("payouts.retrieve", 1),
    ("payouts.list", 0),
    ("files.create", 0),
    ("files.retrieve", 1),
    ("files.list", 0),
    ("terminal.readers.cancel_action", 1),
    ("test_helpers.terminal.readers.present_payment_method", 1),
    ("payment_intents.create", 0),
    ("payment_intents.retrieve", 1),
    ("payment_intents.list", 0),
    ("payment_intents.search", 0),
    ("payment_intents.update", 1),
    ("payment_intents.confirm", 1),
    ("payment_intents.cancel", 1),
    ("payment_intents.capture", 1),
    ("charges.retrieve", 1),
    ("charges.list", 0),
    ("refunds.create", 0),
    ("refunds.retrieve", 1),
    ("refunds.list", 0),
    ("balance_transactions.retrieve", 1),
    ("balance_transactions.list", 0),
    ("checkout.sessions.create", 0),
    ("checkout.sessions.retrieve", 1),
    ("checkout.sessions.list", 0),
    ("checkout.sessions.expire", 1),
    ("events.retrieve", 1),
    ("events.list", 0),
    ("webhook_endpoints.create", 0),
    ("webhook_endpoints.retrieve", 1),
    ("webhook_endpoints.list", 0),
    ("webhook_endpoints.update", 1),
    ("webhook_endpoints.delete", 1),
]


def _method(bench: Bench, name: str) -> Any:
    found = bench.stripe
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _endpoint(bench: Bench, name: str, ids: int) -> endpoints.Endpoint:
    """Where the SDK sends a call, seen in the journal."""
    with suppress(stripe.InvalidRequestError):
        _method(bench, name)(*["some_id"] * ids, {})
    call = bench.control("GET", "journal")["items"][-1]
    found = endpoints.match(call["method"], call["path"])
    assert found is not None, call
    return found[0]


def test_every_endpoint_takes_the_parameters_of_the_sdks_call(bench: Bench) -> None:
    served = set()
    for name, ids in CALLS:
        endpoint = _endpoint(bench, name, ids)
        wanted = str(_method(bench, name).__func__.__annotations__["params"])
        assert f"'{endpoint.params.split('.')[-1]}'" in wanted or endpoint.params.split(".")[-1] == wanted, name
        typed = parameters.named(endpoint.params)
        assert set(parameters.accepted(typed)) == set(typed.__annotations__) - set(RequestOptions.__annotations__)
        served.add(endpoint)
    assert served == set(endpoints.ENDPOINTS)


@pytest.mark.parametrize(("name", "ids"), CALLS)
def test_an_unknown_parameter_is_refused_everywhere(bench: Bench, name: str, ids: int) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        _method(bench, name)(*["some_id"] * ids, {"colour": "red"})
    assert refused.value.code == "parameter_unknown"


def test_what_the_sdk_requires_is_required(bench: Bench) -> None:
    for endpoint in endpoints.ENDPOINTS:
        for name in parameters.required(parameters.named(endpoint.params)):
            address = f"{bench.url}{endpoint.path.replace('*', 'some_id')}"
            told = {"Authorization": f"Bearer {KEY}"}
            error = requests.request(endpoint.method, address, headers=told, timeout=10).json()["error"]
            assert (error["code"], endpoint.params) == ("parameter_missing", endpoint.params)
            assert error["param"] in parameters.required(parameters.named(endpoint.params)), name


def test_every_answer_has_the_shape_of_the_sdks_class(bench: Bench) -> None:
    things = [*_things(bench), *_taken_back(bench)]
    wrong = [complaint for thing in things for complaint in _complaints(type(thing), thing.to_dict(), "")]
    assert wrong == []


def _things(bench: Bench) -> Iterator[Any]:
    """One or more of every object the sandbox answers with, in its different states."""
    reader, intent = bench.waiting()
    yield from (reader, intent)
    yield bench.present(reader.id, "4000000000000002")
    yield bench.retrieve(intent.id)
    bench.process(reader.id, intent.id)
    yield bench.present(reader.id)
    bench.advance(10)
    paid = bench.retrieve(intent.id)
    yield from (paid, paid.latest_charge, paid.latest_charge.balance_transaction)
    failing = bench.paid(number="4000000000005126")
    yield bench.stripe.refunds.create({"payment_intent": paid.id, "amount": 100})
    yield bench.stripe.refunds.create({"payment_intent": failing.id})
    bench.advance(10)
    yield from bench.stripe.refunds.list().data
    interac = bench.paid(allowed_payment_method_types=["interac_present"])
    yield interac.latest_charge
    yield bench.stripe.terminal.readers.refund_payment(reader.id, {"payment_intent": interac.id})
    yield bench.present(reader.id)
    yield bench.stripe.refunds.list({"payment_intent": interac.id}).data[0]
    yield bench.stripe.terminal.readers.set_reader_display(reader.id, CART)
    yield bench.stripe.terminal.readers.collect_inputs(reader.id, {"inputs": INPUTS})
    yield bench.stripe.test_helpers.terminal.readers.succeed_input_collection(reader.id)
    yield from bench.stripe.files.list().data
    setup, kept = bench.kept_card()
    yield from (setup, kept, bench.stripe.terminal.readers.retrieve(reader.id))
    yield bench.stripe.customers.retrieve(kept.customer)
    session = bench.session()
    yield session
    for outcome in ("decline", "pay"):
        bench.control("POST", f"checkout/{session.id}", {"outcome": outcome})
        yield bench.stripe.checkout.sessions.retrieve(session.id)
    online = bench.stripe.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    yield from (online.payment_intent, online.payment_intent.latest_charge)
    yield bench.stripe.checkout.sessions.expire(bench.session().id)
    yield bench.stripe.payment_intents.cancel(bench.intent().id)
    endpoint = bench.stripe.webhook_endpoints.create({"url": "http://127.0.0.1:9/", "enabled_events": ["*"]})
    yield from (endpoint, bench.stripe.webhook_endpoints.retrieve(endpoint.id))
    held = bench.paid(capture_method="manual")
    yield from (held, held.latest_charge, bench.stripe.payment_intents.capture(held.id))
    yield bench.stripe.terminal.locations.list().data[0]
    yield bench.stripe.terminal.connection_tokens.create()
    yield bench.stripe.accounts.retrieve_current()
    yield bench.stripe.balance.retrieve()
    yield from bench.stripe.events.list({"limit": 100}).data


def _taken_back(bench: Bench) -> Iterator[Any]:
    """A dispute, a payout that failed, and what both did to the balance."""
    disputed = bench.control("POST", "disputes", {"charge": bench.paid().latest_charge.id}, status=201)["id"]
    yield bench.stripe.disputes.retrieve(disputed)
    yield bench.stripe.disputes.update(disputed, {"evidence": {"uncategorized_text": "winning_evidence"}})
    bench.advance(10)
    bench.advance(2 * 24 * 3600)
    yield bench.stripe.payouts.retrieve(bench.control("POST", "payouts", {"fails": True}, status=201)["id"])
    bench.advance(24 * 3600)
    yield from (*bench.stripe.payouts.list().data, *bench.stripe.balance_transactions.list({"limit": 100}).data)
    debited = bench.session(allowed_payment_method_types=["acss_debit"])
    bench.control("POST", f"checkout/{debited.id}", {"outcome": "debit", "fails": True})
    yield bench.stripe.checkout.sessions.retrieve(debited.id)
    bench.advance(4 * 24 * 3600)
    yield from bench.stripe.charges.list().data
    yield from bench.stripe.events.list({"limit": 100}).data


def _complaints(kind: Any, value: Any, where: str) -> list[str]:
    """What of a value is not as the annotation says. An attribute the SDK does not know is wrong too."""
    origin, arms = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        found = [_complaints(arm, value, where) for arm in arms]
        return [] if [] in found else min(found, key=len)
    if origin is Literal:
        return [] if value in arms else [f"{where}: {value!r} is not one of {arms}"]
    if origin is list:
        if not isinstance(value, list):
            return [f"{where}: {value!r} is not a list"]
        return [words for place, item in enumerate(value) for words in _complaints(arms[0], item, f"{where}[{place}]")]
    # A name alone is the object behind an id, expanded: it is checked where it is the answer itself.
    if isinstance(kind, ForwardRef) or UntypedStripeObject in (kind, origin):
        return [] if isinstance(value, dict) else [f"{where}: {value!r} is not an object"]
    if isinstance(kind, type) and issubclass(kind, StripeObject):
        return _attributes(kind, value, where or kind.__name__)
    if origin is dict or kind is Any:
        return []
    kind = type(None) if kind is None else kind
    return [] if type(value) is kind else [f"{where}: {value!r} is not {kind}"]


def _attributes(kind: Any, value: Any, where: str) -> list[str]:
    if not isinstance(value, dict):
        return [f"{where}: {value!r} is not an object"]
    known = {name: hint for name, hint in _hints(kind).items() if get_origin(hint) is not ClassVar}
    wrong = [f"{where}.{name} is not Stripe's" for name in value if name not in known]
    for name, hint in known.items():
        if name in value:
            wrong += _complaints(hint, value[name], f"{where}.{name}")
        elif type(None) not in get_args(hint):
            wrong.append(f"{where}.{name} is missing")
    return wrong


def _hints(kind: Any) -> dict[str, Any]:
    """The annotations of a class of the SDK with those of its bases, whose names are left as they are."""
    found: dict[str, Any] = {}
    for base in reversed(kind.__mro__):
        if base is not StripeObject and issubclass(base, StripeObject):
            found |= vars(base).get("__annotations__", {})
    return {name: hint for name, hint in found.items() if not name.startswith("_")}


def test_the_shape_check_notices_what_is_missing_or_invented() -> None:
    location = {"id": "tml_1", "object": "terminal.location", "display_name": "A", "livemode": False, "metadata": {}}
    wrong = _complaints(stripe.terminal.Location, location | {"colour": "red", "address": {"city": 5}}, "")
    assert wrong == ["Location.colour is not Stripe's", "Location.address.city: 5 is not <class 'str'>"]
    assert _complaints(stripe.terminal.Location, location, "") == ["Location.address is missing"]
