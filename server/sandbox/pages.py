"""Pages for a person: the readers, one reader to tap on screen, and the hosted Checkout page."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from babel.numbers import format_currency, get_currency_precision
from jinja2 import Environment, PackageLoader
from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from server.sandbox import cards, checkout, configurations, faults, presenting, readers, screens
from server.sandbox.controls import json_object, json_response
from server.sandbox.endpoints import ACCOUNT
from server.sandbox.errors import StripeError, invalid_parameter
from server.sandbox.state import Json, State
from server.sandbox.words import WORDS

STATIC = Path(__file__).parent / "static"
STATIC_TYPES = {"sandbox.css": "text/css", "reader.js": "text/javascript"}
LOCALES = {"en": "en_CA", "fr": "fr_CA"}
OUTCOMES = ("pay", "decline", "debit", "debit_fails", "return", "abandon")
# What another program shows on the reader, over whatever waited there.
OTHER_CART: Json = {
    "type": "cart",
    "cart": {
        "currency": "cad",
        "line_items": [{"description": "—", "amount": 100, "quantity": 1}],
        "total": 100,
    },
}
# What a person may have go wrong with the next payment a reader is asked for, and the fault that is.
NEXT_TIME = {
    "busy": "reader_busy",
    "time_out": "reader_timeout",
    "late": "reader_timeout_delivered",
    "silence": "drop_after",
}
# How often the SDK asks: an answer is lost only with all of them.
ASKS = 3
_templates = Environment(loader=PackageLoader("server.sandbox"), autoescape=True, trim_blocks=True, lstrip_blocks=True)


def index(state: State, request: Request) -> Response:
    """GET /_sandbox/: the readers, with a link to each."""
    found = [{"reader": reader} | _screen(state, reader) for reader in state.all("terminal.reader")]
    return page(request, "index.html", readers=found)


def reader(state: State, request: Request, reader_id: str) -> Response:
    """GET: the reader, as a thing one can tap."""
    return _reader_page(state, request, reader_id, "reader.html")


def screen(state: State, request: Request, reader_id: str) -> Response:
    """GET: the parts of the reader's page that change."""
    return _reader_page(state, request, reader_id, "screen.html")


def press(state: State, request: Request, reader_id: str, verb: str) -> Response:
    """POST one of tap, insert, decline, wrong_pin, expire, pull, lose, freeze, with {"number"?, "card"?,
    "authorizing_seconds"?}; or answer, skip, cancel, replace, unplug, plug; or one of NEXT_TIME.

    `pull` takes the card out too early, `lose` drops the line after the bank said yes, `freeze` before it was asked,
    and `replace` lets another program show a cart. What is to go wrong the next time is so until pressed again.
    Answers with the Reader; to a browser's form, with the way back to the page.
    """
    options: dict[str, Any] = request.form.to_dict() if _from_form(request) else json_object(request)
    seconds = _seconds(options.get("authorizing_seconds", 0))
    presented: dict[str, Callable[[], Json]] = {
        "tap": lambda: _present(state, reader_id, options, seconds, "contactless_emv"),
        "insert": lambda: _present(state, reader_id, options, seconds, "contact_emv"),
        "decline": lambda: _present(state, reader_id, {"number": cards.DECLINED} | options, seconds, "contactless_emv"),
        "wrong_pin": lambda: _present(state, reader_id, options, seconds, "contact_emv", mishap="incorrect_pin"),
        "expire": lambda: _present(state, reader_id, {"number": cards.EXPIRED} | options, seconds, "contactless_emv"),
        "pull": lambda: _present(state, reader_id, options, seconds, "contact_emv", mishap="card_removed"),
        "lose": lambda: _present(
            state, reader_id, options, seconds, "contactless_emv", mishap="connection_error_authorized"
        ),
        "freeze": lambda: _present(state, reader_id, options, seconds, "contactless_emv", mishap="stuck_in_progress"),
        "replace": lambda: screens.set_reader_display(state, OTHER_CART, (reader_id,)),
        "answer": lambda: screens.answer(state, reader_id, skip=False),
        "skip": lambda: screens.answer(state, reader_id, skip=True),
        "cancel": lambda: presenting.customer_cancel(state, reader_id),
        "unplug": lambda: presenting.unplug(state, reader_id),
        "plug": lambda: presenting.plug(state, reader_id),
        **{verb: partial(_next_time, state, reader_id, kind) for verb, kind in NEXT_TIME.items()},
    }
    if verb not in presented:
        raise StripeError(f"A reader cannot {verb}.", status=404)
    if not _wants_page(request):
        return json_response(presented[verb]())
    with suppress(StripeError):  # the page the person comes back to shows what the reader is doing instead
        presented[verb]()
    held = f"&card={options['card']}" if options.get("card") in cards.IN_HAND else ""
    return redirect(f"/_sandbox/readers/{reader_id}?lang={language_of(request)}{held}", 303)


def checkout_page(state: State, request: Request, session_id: str) -> Response:
    """GET: the hosted page of a Checkout Session."""
    session = state.get("checkout.session", session_id)
    language = session["locale"] if session["locale"] in WORDS else None
    return page(
        request,
        "checkout.html",
        language=language,
        form_targets=[session["success_url"], session["cancel_url"]],
        session=session,
        business=ACCOUNT["business_profile"]["name"],
        description=state.hidden[session_id]["intent"].get("description"),
        lines=[
            line | {"amount": money(line["amount_total"], line["currency"], language or language_of(request))}
            for line in state.hidden[session_id]["lines"]
        ],
        amount=money(session["amount_total"], session["currency"], language or language_of(request)),
        declined="declined" in request.args,
        in_hand=[name for name in cards.IN_HAND if name != "interac"],
        debits=checkout.debit_method(session),
        may_return="debit" in state.hidden[session_id] and session["payment_status"] == "paid",
        onward=checkout.success_address(session) if session["status"] == "complete" else session["cancel_url"],
    )


def checkout_outcome(state: State, request: Request, session_id: str) -> Response:
    """POST {"outcome": "pay|decline|debit|debit_fails|return|abandon", "number"?, "card"?, "email"?, "fails"?}.

    That is what the customer does, or their bank, which may `return` a debit that it paid.

    Answers {"session", "status", "payment_status", "payment_intent", "redirect_url"}, or goes there, for a browser.
    """
    options: dict[str, Any] = request.form.to_dict() if _from_form(request) else json_object(request)
    outcome = options.get("outcome")
    session = state.get("checkout.session", session_id)
    page = f"/_sandbox/checkout/{session_id}"
    if outcome not in OUTCOMES:
        raise invalid_parameter(f"Invalid outcome: must be one of {', '.join(OUTCOMES)}", "outcome")
    if outcome == "abandon":
        target = session["cancel_url"] or page
    elif outcome == "return":
        checkout.take_back(state, session_id, str(options.get("reason") or "debit_not_authorized"))
        target = page
    elif session["status"] != "open" and _wants_page(request):
        target = page
    elif outcome.startswith("debit"):
        fails = outcome == "debit_fails" or bool(options.get("fails"))
        checkout.debit(state, session_id, fails=fails, email=options.get("email") or None)
        target = checkout.success_address(session)
    else:
        number = str(options.get("number") or (_in_hand(options) if outcome == "pay" else cards.DECLINED))
        state.request["host"] = request.host_url.rstrip("/")
        checkout.pay(state, session_id, number=number, email=options.get("email") or None)
        paid = session["status"] == "complete"
        target = checkout.success_address(session) if paid else f"{page}?declined"
    if _wants_page(request):
        return redirect(target, 303)
    return json_response(
        {"session": session_id, "redirect_url": target}
        | {name: session[name] for name in ("status", "payment_status", "payment_intent")}
    )


def static(_state: State, _request: Request, name: str) -> Response:
    """GET: the style sheet and the script."""
    if name not in STATIC_TYPES:
        raise StripeError("No such file.", status=404)
    return Response((STATIC / name).read_bytes(), mimetype=STATIC_TYPES[name])


def _present(
    state: State,
    reader_id: str,
    options: dict[str, Any],
    seconds: float,
    read_method: str,
    mishap: str | None = None,
) -> Json:
    """A card held to the screen. The button decides, so the test amounts count only for a card named by its number."""
    return presenting.present(
        state,
        reader_id,
        number=str(options.get("number") or _in_hand(options)),
        read_method=read_method,
        test_amounts="number" in options,
        authorizing_seconds=seconds,
        mishap=mishap,
        tip=_tip(state, reader_id, options),
    )


def _in_hand(options: dict[str, Any]) -> str:
    """The number of the card a person chose on a page, by the word for it."""
    chosen = str(options.get("card") or "visa")
    if chosen not in cards.IN_HAND:
        raise invalid_parameter(f"Nobody holds such a card: {chosen}", "card")
    return cards.IN_HAND[chosen]


def _planned(state: State, reader_id: str) -> dict[str, Json]:
    """What is to go wrong with the next payment a reader is asked for, by the kind of fault."""
    return {fault["kind"]: fault for fault in state.faults if fault["path"] == _command(reader_id)}


def _command(reader_id: str) -> str:
    return f"/v1/terminal/readers/{reader_id}/*_payment*"


def _next_time(state: State, reader_id: str, kind: str) -> Json:
    """Plan a fault for the next payment, or take it off the plan."""
    reader, planned = state.get("terminal.reader", reader_id), _planned(state, reader_id)
    if kind in planned:
        state.faults.remove(planned[kind])
    else:
        times = ASKS if kind == "drop_after" else 1
        faults.arm(state, [{"kind": kind, "method": "POST", "path": _command(reader_id), "times": times}])
    return readers.seen(state, reader)


def _tip(state: State, reader_id: str, options: dict[str, Any]) -> int:
    """The tip the customer chose on the screen, in minor units: one of those offered, or none."""
    chosen = str(options.get("tip") or "0")
    offered = configurations.tips_offered(state, state.get("terminal.reader", reader_id))
    if not chosen.isdecimal() or int(chosen) not in (0, *offered):
        raise invalid_parameter(f"The reader offers no such tip: {chosen}", "tip")
    return int(chosen)


def _seconds(given: Any) -> float:
    try:
        return float(given)
    except (TypeError, ValueError):
        raise invalid_parameter(f"Invalid number: {given}", "authorizing_seconds") from None


def _reader_page(state: State, request: Request, reader_id: str, template: str) -> Response:
    found = state.get("terminal.reader", reader_id)
    planned = _planned(state, reader_id)
    return page(
        request,
        template,
        reader=readers.seen(state, found),
        in_hand=cards.IN_HAND,
        held=request.args.get("card"),
        next_time={verb: kind in planned for verb, kind in NEXT_TIME.items()},
        **_screen(state, found, language_of(request)),
    )


def _screen(state: State, reader: Json, language: str = "en") -> Json:
    """What the reader shows: a word for its state, and the amount it is about."""
    phase = "offline" if reader["status"] == "offline" else state.hidden[reader["id"]]["phase"]
    action = reader["action"]
    if phase == "idle" and action is not None:
        phase = "approved" if action["status"] == "succeeded" else action["failure_code"]
    amount, lines = None, []
    if phase == "collecting":
        lines = [asked["custom_text"]["title"] for asked in action["collect_inputs"]["inputs"]]
    elif action is not None and phase != "offline" and action["type"] not in ("collect_inputs", "process_setup_intent"):
        amount = money(*_shown_amount(state, action), language)
        cart = action.get("set_reader_display", {}).get("cart", {"line_items": []})
        lines = [f"{line['quantity']} × {line['description']}" for line in cart["line_items"]]
    says = f"waiting_{action['type']}" if phase == "waiting" else phase
    tips = []
    if phase == "waiting" and amount is not None:
        _, currency = _shown_amount(state, action)
        tips = [(minor, money(minor, currency, language)) for minor in configurations.tips_offered(state, reader)]
    return {"phase": phase, "says": says, "amount": amount, "lines": lines, "tips": tips}


def _shown_amount(state: State, action: Json) -> tuple[int, str]:
    """The amount in minor units that an action is about, and its currency."""
    if action["type"] == "refund_payment":
        asked = action["refund_payment"]
        return asked["amount"], state.get("charge", asked["charge"])["currency"]
    if action["type"] == "set_reader_display":
        cart = action["set_reader_display"]["cart"]
        return cart["total"], cart["currency"]
    intent = state.get("payment_intent", action["process_payment_intent"]["payment_intent"])
    return intent["amount"], intent["currency"]


def money(minor: int, currency: str, language: str) -> str:
    """An amount in minor units, as a person reads it."""
    value = Decimal(minor).scaleb(-get_currency_precision(currency.upper()))
    return format_currency(value, currency.upper(), locale=LOCALES[language])


def page(
    request: Request,
    template: str,
    *,
    language: str | None = None,
    form_targets: list[str | None] | None = None,
    **given: Any,
) -> Response:
    """A page under a policy that lets in no script and no style but our own."""
    language = language or language_of(request)
    origins = {f"{url.scheme}://{url.netloc}" for url in map(urlsplit, filter(None, form_targets or []))}
    body = _templates.get_template(template).render(words=WORDS[language], language=language, **given)
    policy = (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; "
        f"frame-ancestors 'none'; form-action 'self' {' '.join(sorted(origins))}"
    )
    return Response(
        body, mimetype="text/html", headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"}
    )


def language_of(request: Request) -> str:
    """The language of the page: asked for, or the browser's."""
    wanted = request.args.get("lang", "")
    return wanted if wanted in WORDS else request.accept_languages.best_match(WORDS, default="en") or "en"


def _from_form(request: Request) -> bool:
    return request.mimetype in ("application/x-www-form-urlencoded", "multipart/form-data")


def _wants_page(request: Request) -> bool:
    return _from_form(request) and "text/html" in request.accept_mimetypes.values()
