"""Checkout Sessions: open, then complete or expired, and paid once."""

from typing import Any

import pytest
import requests
import stripe

from tests.sandbox.bench import Bench


def _outcome(bench: Bench, session: Any, outcome: str, **more: Any) -> Any:
    return bench.control("POST", f"checkout/{session.id}", {"outcome": outcome} | more)


def test_paying_completes_the_session_and_makes_the_intent(bench: Bench) -> None:
    facts = {"payment_id": "pay_1"}
    session = bench.session(
        client_reference_id="pay_1",
        metadata=facts,
        payment_intent_data={"metadata": facts, "description": "Facture 12"},
    )
    assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
    assert (session.amount_total, session.currency) == (5_000, "cad")
    answer = _outcome(bench, session, "pay", email="client@example.test")
    assert answer["redirect_url"] == f"https://example.test/paid?session={session.id}"
    done = bench.stripe.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
    assert done.customer_details.email == "client@example.test"
    intent = done.payment_intent
    assert (intent.status, intent.description, intent.metadata.to_dict()) == ("succeeded", "Facture 12", facts)
    assert intent.latest_charge.payment_method_details.card.last4 == "4242"
    assert bench.events() == [
        "payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed",
    ]  # fmt: skip
    found = bench.stripe.checkout.sessions.list({"payment_intent": intent.id}).data
    assert [other.id for other in found] == [session.id]


def test_a_session_is_paid_once(bench: Bench) -> None:
    session = bench.session()
    _outcome(bench, session, "pay")
    bench.control("POST", f"checkout/{session.id}", {"outcome": "pay"}, status=409)
    assert bench.control("GET", "totals")["captured_minor"] == {"cad": 5_000}


def test_a_declined_card_leaves_the_session_open(bench: Bench) -> None:
    session = bench.session()
    declined = _outcome(bench, session, "decline")
    assert (declined["status"], declined["payment_status"]) == ("open", "unpaid")
    assert bench.retrieve(declined["payment_intent"]).last_payment_error.code == "card_declined"
    assert _outcome(bench, session, "pay")["payment_intent"] == declined["payment_intent"]


def test_going_back_changes_nothing(bench: Bench) -> None:
    session = bench.session()
    assert _outcome(bench, session, "abandon")["redirect_url"] == "https://example.test/back"
    assert bench.stripe.checkout.sessions.retrieve(session.id).status == "open"
    assert bench.events() == []


def test_an_expired_session_takes_no_money(bench: Bench) -> None:
    session = bench.session()
    intent_id = _outcome(bench, session, "decline")["payment_intent"]
    expired = bench.stripe.checkout.sessions.expire(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    bench.control("POST", f"checkout/{session.id}", {"outcome": "pay"}, status=409)
    assert bench.retrieve(intent_id).status == "canceled"
    assert bench.events()[-2:] == ["payment_intent.canceled", "checkout.session.expired"]


@pytest.mark.parametrize("how", ["paid", "expired"])
def test_only_an_open_session_is_expired(bench: Bench, how: str) -> None:
    session = bench.session()
    if how == "paid":
        _outcome(bench, session, "pay")
    else:
        bench.stripe.checkout.sessions.expire(session.id)
    with pytest.raises(stripe.InvalidRequestError, match="Only Checkout Sessions with a status in"):
        bench.stripe.checkout.sessions.expire(session.id)


def test_time_expires_a_session(bench: Bench) -> None:
    now = bench.now()
    session = bench.session(expires_at=now + 3600)
    bench.advance(3500)
    assert bench.stripe.checkout.sessions.retrieve(session.id).status == "open"
    bench.advance(200)
    assert bench.stripe.checkout.sessions.retrieve(session.id).status == "expired"
    assert bench.events(session.id) == ["checkout.session.expired"]


def test_a_session_lives_a_day_unless_told(bench: Bench) -> None:
    session = bench.session()
    assert session.expires_at - session.created == 24 * 3600
    _outcome(bench, session, "pay")
    bench.advance(25 * 3600)
    assert bench.stripe.checkout.sessions.retrieve(session.id).status == "complete"


def test_the_intent_of_a_session_is_canceled_with_the_session_only(bench: Bench) -> None:
    intent_id = _outcome(bench, bench.session(), "decline")["payment_intent"]
    with pytest.raises(stripe.InvalidRequestError, match="Expire the Checkout Session"):
        bench.stripe.payment_intents.cancel(intent_id)


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"expires_at": 29 * 60}, "expires_at"),
        ({"expires_at": 24 * 3600 + 60}, "expires_at"),
        ({"mode": "subscription"}, "mode"),
        ({"ui_mode": "elements"}, "ui_mode"),
        ({"success_url": None}, "success_url"),
        ({"line_items": None}, "line_items"),
        ({"line_items": [{"price": "price_1"}]}, "line_items[0][price_data]"),
        ({"line_items": [{"price_data": {"currency": "cad", "unit_amount": 5_000}}]},
         "line_items[0][price_data][product_data]"),
        ({"line_items": [{"price_data": {"unit_amount": 5_000}}]}, "line_items[0][price_data][currency]"),
        ({"line_items": [{"price_data": {"currency": "cad", "unit_amount": 10, "product_data": {"name": "x"}}}]},
         "line_items"),
        ({"success_url": "example.test/paid"}, "success_url"),
        ({"cancel_url": "javascript:alert(1)"}, "cancel_url"),
        ({"payment_intent_data": {"capture_method": "manual"}}, "payment_intent_data[capture_method]"),
    ],
)  # fmt: skip
def test_a_session_that_cannot_be_served_is_refused(bench: Bench, params: dict[str, Any], param: str) -> None:
    if "expires_at" in params:
        params = {"expires_at": params["expires_at"] + bench.now()}
    with pytest.raises(stripe.InvalidRequestError) as refused:
        bench.session(**params)
    assert refused.value.param == param


def test_a_person_pays_on_the_page(bench: Bench) -> None:
    session = bench.session(locale="fr", payment_intent_data={"description": "Facture 12"})
    page = requests.get(session.url, timeout=10)
    for words in ("50,00", "Facture 12", "Payer", "Retour"):
        assert words in page.text
    assert "form-action 'self' https://example.test" in page.headers["Content-Security-Policy"]
    browser = {"Accept": "text/html,application/xhtml+xml"}

    def choose(outcome: str) -> requests.Response:
        return requests.post(
            session.url, data={"outcome": outcome, "email": ""}, headers=browser, allow_redirects=False, timeout=10
        )

    assert choose("abandon").headers["Location"] == "https://example.test/back"
    declined = choose("decline")
    assert "refusée" in requests.get(f"{bench.url}{declined.headers['Location']}", timeout=10).text
    paid = choose("pay")
    assert (paid.status_code, paid.headers["Location"]) == (303, f"https://example.test/paid?session={session.id}")
    closed = requests.get(session.url, timeout=10).text
    assert ("terminé" in closed, f"paid?session={session.id}" in closed) == (True, True)
    assert requests.get(f"{bench.url}{choose('pay').headers['Location']}", timeout=10).status_code == 200
    assert bench.control("GET", "totals")["captured_minor"] == {"cad": 5_000}


def test_a_page_that_does_not_exist_is_404(bench: Bench) -> None:
    assert requests.get(f"{bench.url}/_sandbox/checkout/cs_test_none", timeout=10).status_code == 404
    bench.control("POST", f"checkout/{bench.session().id}", {"outcome": "steal"}, status=400)
