"""The wire is Stripe's: forms, errors, keys, pages, expansion, idempotency."""

import threading
from typing import Any

import pytest
import requests
import stripe

from server.sandbox import forms
from tests.sandbox.bench import KEY, Bench

INTENTS = "/v1/payment_intents"
NEW = {"amount": "10000", "currency": "cad"}


@pytest.mark.parametrize(
    ("pairs", "tree"),
    [
        ([("a", "1")], {"a": "1"}),
        ([("a[b]", "1"), ("a[c]", "2")], {"a": {"b": "1", "c": "2"}}),
        ([("a[0][b]", "1"), ("a[1][b]", "2")], {"a": {"0": {"b": "1"}, "1": {"b": "2"}}}),
        ([("a[]", "1"), ("a[]", "2")], {"a": {"0": "1", "1": "2"}}),
        ([("a[b][c]", "")], {"a": {"b": {"c": ""}}}),
    ],
)
def test_forms_are_decoded_like_stripes(pairs: list[tuple[str, str]], tree: dict[str, Any]) -> None:
    assert forms.decode(pairs) == tree


@pytest.mark.parametrize(
    ("form", "code", "param"),
    [
        ({**NEW, "colour": "red"}, "parameter_unknown", "colour"),
        ({**NEW, "payment_method_options[card_present][colour]": "x"}, "parameter_unknown",
         "payment_method_options[card_present][colour]"),
        ({"currency": "cad"}, "parameter_missing", "amount"),
        ({"amount": "ten", "currency": "cad"}, "parameter_invalid_integer", "amount"),
        ({"amount": "10.5", "currency": "cad"}, "parameter_invalid_integer", "amount"),
        ({"amount": "-500", "currency": "cad"}, "parameter_invalid_integer", "amount"),
        ({"amount": "49", "currency": "cad"}, "amount_too_small", "amount"),
        ({"amount": "100000000", "currency": "cad"}, "amount_too_large", "amount"),
        ({"amount": "10000", "currency": "zzz"}, None, "currency"),
        ({**NEW, "currency": ""}, "parameter_invalid_empty", "currency"),
        ({**NEW, "confirm": "yes"}, None, "confirm"),
        ({**NEW, "capture_method": "later"}, None, "capture_method"),
        ({**NEW, "metadata": "x"}, None, "metadata"),
        ({**NEW, "amount[a]": "1"}, None, "amount[a]"),
        ({**NEW, "allowed_payment_method_types[0]": "cheque"}, None, "allowed_payment_method_types[0]"),
        ({**NEW, "payment_method_types[0]": "card_present"}, "payment_method_types_no_longer_supported",
         "payment_method_types"),
        ({**NEW, "metadata[key]": "v" * 501}, None, "metadata[key]"),
        ({**NEW, "metadata[" + "k" * 41 + "]": "v"}, None, "metadata[" + "k" * 41 + "]"),
        ({**NEW, **{f"metadata[k{number}]": "v" for number in range(51)}}, None, "metadata"),
        ({**NEW, "expand[0]": "colour"}, None, "expand"),
    ],
)  # fmt: skip
def test_bad_parameters_get_stripes_error(bench: Bench, form: dict[str, str], code: str | None, param: str) -> None:
    answer = bench.post(INTENTS, form)
    error = answer.json()["error"]
    assert (answer.status_code, error["type"], error.get("code"), error["param"]) == (
        400, "invalid_request_error", code, param,
    )  # fmt: skip
    assert answer.headers["Request-Id"] in error["request_log_url"]
    assert answer.headers["Stripe-Should-Retry"] == "false"
    assert set(error) <= {"type", "code", "message", "param", "doc_url", "request_log_url"}


def test_every_answer_carries_stripes_headers(bench: Bench) -> None:
    answer = bench.post(INTENTS, NEW, Idempotency_Key="one", Stripe_Version="2026-10-28.endive")
    assert answer.headers["Request-Id"].startswith("req_")
    assert answer.headers["Stripe-Version"] == "2026-10-28.endive"
    assert answer.headers["Idempotency-Key"] == "one"
    assert "Idempotent-Replayed" not in answer.headers


@pytest.mark.parametrize(
    ("authorization", "words"),
    [
        (None, "did not provide an API key"),
        ("Basic abc", "did not provide an API key"),
        ("Bearer pk_test_1", "Invalid API Key"),
        ("Bearer sk_live_1", "test keys (sk_test_...) only"),
        ("Bearer rk_live_1", "test keys (sk_test_...) only"),
    ],
)
def test_only_test_keys_are_let_in(bench: Bench, authorization: str | None, words: str) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = requests.get(f"{bench.url}/v1/account", headers=headers, timeout=10)
    assert answer.status_code == 401
    assert words in answer.json()["error"]["message"]


def test_a_key_may_be_the_name_of_a_user_as_curl_sends_it(bench: Bench) -> None:
    assert requests.get(f"{bench.url}/v1/account", auth=("sk_test_1", ""), timeout=10).ok
    assert requests.get(f"{bench.url}/v1/account", auth=("sk_live_1", ""), timeout=10).status_code == 401


@pytest.mark.parametrize("path", ["/v1/coupons", "/v2/core/events"])
def test_what_is_not_served_is_stripes_404(bench: Bench, path: str) -> None:
    answer = bench.post(path, {})
    assert answer.status_code == 404
    assert answer.json()["error"]["message"].startswith(f"Unrecognized request URL (POST: {path})")


def test_an_unknown_id_is_resource_missing(bench: Bench) -> None:
    with pytest.raises(stripe.InvalidRequestError) as in_path:
        bench.stripe.payment_intents.retrieve("pi_none")
    with pytest.raises(stripe.InvalidRequestError) as in_parameter:
        bench.process(bench.reader().id, "pi_none")
    assert (in_path.value.http_status, in_path.value.code) == (404, "resource_missing")
    assert (in_parameter.value.http_status, in_parameter.value.param) == (400, "payment_intent")


def test_lists_page_in_both_directions_newest_first(bench: Bench) -> None:
    ids = [bench.intent().id for _ in range(5)][::-1]
    intents = bench.stripe.payment_intents
    first = intents.list({"limit": 2})
    assert ([intent.id for intent in first.data], first.has_more, first.url) == (ids[:2], True, "/v1/payment_intents")
    last = intents.list({"limit": 3, "starting_after": ids[1]})
    assert ([intent.id for intent in last.data], last.has_more) == (ids[2:], False)
    before = intents.list({"limit": 2, "ending_before": ids[4]})
    assert ([intent.id for intent in before.data], before.has_more) == (ids[2:4], True)
    assert [intent.id for intent in intents.list({"limit": 1}).auto_paging_iter()] == ids
    for params in ({"limit": 101}, {"limit": 0}, {"starting_after": "pi_none"}):
        with pytest.raises(stripe.InvalidRequestError):
            intents.list(params)


def test_lists_are_filtered_by_moment_and_by_field(bench: Bench) -> None:
    early = bench.intent()
    bench.advance(100)
    late = bench.intent()
    listed = bench.stripe.payment_intents.list
    assert [intent.id for intent in listed({"created": {"gt": early.created}}).data] == [late.id]
    assert [intent.id for intent in listed({"created": early.created}).data] == [early.id]
    assert listed({"customer": "cus_1"}).data == []
    paid = bench.paid()
    charges = bench.stripe.charges.list({"payment_intent": paid.id}).data
    assert [charge.id for charge in charges] == [paid.latest_charge.id]


def test_ids_are_expanded_where_asked(bench: Bench) -> None:
    paid = bench.paid()
    plain = bench.stripe.payment_intents.retrieve(paid.id)
    assert plain.latest_charge == paid.latest_charge.id
    listed = bench.stripe.payment_intents.list({"expand": ["data.latest_charge"]})
    assert listed.data[0].latest_charge.id == paid.latest_charge.id
    charge = bench.stripe.charges.retrieve(plain.latest_charge, {"expand": ["payment_intent.latest_charge"]})
    assert charge.payment_intent.latest_charge.id == charge.id


def test_the_same_key_gets_the_same_answer(bench: Bench) -> None:
    first = bench.post(INTENTS, NEW, Idempotency_Key="one")
    again = bench.post(INTENTS, NEW, Idempotency_Key="one")
    assert again.text == first.text
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Original-Request"] == first.headers["Request-Id"]
    assert len(bench.stripe.payment_intents.list().data) == 1


@pytest.mark.parametrize(("path", "form"), [(INTENTS, NEW | {"amount": "1"}), ("/v1/refunds", NEW)])
def test_the_same_key_with_another_request_is_refused(bench: Bench, path: str, form: dict[str, str]) -> None:
    bench.post(INTENTS, NEW, Idempotency_Key="one")
    answer = bench.post(path, form, Idempotency_Key="one")
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "idempotency_error")


def test_a_key_belongs_to_the_api_key_that_sent_it(bench: Bench) -> None:
    first = bench.post(INTENTS, NEW, Idempotency_Key="one")
    other = bench.post(INTENTS, NEW, Idempotency_Key="one", Authorization="Bearer sk_test_other")
    assert other.json()["id"] != first.json()["id"]


def test_a_key_is_forgotten_after_a_day(bench: Bench) -> None:
    first = bench.post(INTENTS, NEW, Idempotency_Key="one").json()
    bench.advance(24 * 3600 - 60)
    assert bench.post(INTENTS, NEW, Idempotency_Key="one").json()["id"] == first["id"]
    bench.advance(120)
    assert bench.post(INTENTS, NEW, Idempotency_Key="one").json()["id"] != first["id"]


def test_a_refused_validation_leaves_the_key_free(bench: Bench) -> None:
    assert bench.post(INTENTS, {"currency": "cad"}, Idempotency_Key="one").status_code == 400
    assert bench.post(INTENTS, NEW, Idempotency_Key="one").status_code == 200


def test_an_error_of_the_work_itself_is_kept_for_the_key(bench: Bench) -> None:
    reader, intent = bench.reader(), bench.paid()
    path = f"/v1/terminal/readers/{reader.id}/process_payment_intent"
    first = bench.post(path, {"payment_intent": intent.id}, Idempotency_Key="one")
    again = bench.post(path, {"payment_intent": intent.id}, Idempotency_Key="one")
    assert first.json()["error"]["code"] == "intent_invalid_state"
    assert first.json()["error"]["payment_intent"]["id"] == intent.id
    assert (again.text, again.headers["Idempotent-Replayed"]) == (first.text, "true")


def test_a_key_under_way_answers_409(bench: Bench) -> None:
    bench.faults({"kind": "latency", "seconds": 3600, "path": INTENTS})
    answers: list[requests.Response] = []
    slow = threading.Thread(target=lambda: answers.append(bench.post(INTENTS, NEW, Idempotency_Key="one")))
    slow.start()
    state = bench.sandbox.state
    with state.lock:
        assert state.changed.wait_for(lambda: f"Bearer {KEY} one" in state.in_flight, timeout=10)
    meanwhile = bench.post(INTENTS, NEW, Idempotency_Key="one")
    assert (meanwhile.status_code, meanwhile.json()["error"]["code"]) == (409, "idempotency_key_in_use")
    assert meanwhile.headers["Stripe-Should-Retry"] == "true"
    bench.advance(3600)
    slow.join(timeout=10)
    assert answers[0].status_code == 200
    assert bench.post(INTENTS, NEW, Idempotency_Key="one").json()["id"] == answers[0].json()["id"]


def test_one_key_from_many_threads_makes_one_intent(bench: Bench) -> None:
    made: list[Any] = []

    def create() -> None:
        made.append(bench.stripe.payment_intents.create(NEW, {"idempotency_key": "one"}))

    threads = [threading.Thread(target=create) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(made) == 12
    assert len({intent.id for intent in made}) == 1


def test_payment_intents_are_found_by_their_metadata(bench: Bench) -> None:
    for number in (1, 2, 3):
        told = {"metadata[invoice_id]": "inv_1" if number < 3 else "inv_2", "metadata[payment_id]": f"pay_{number}"}
        bench.post(INTENTS, {**NEW, **told})
    intents = bench.client().v1.payment_intents
    found = intents.search({"query": "metadata['invoice_id']:'inv_1'", "limit": 1})
    names = [intent.metadata["payment_id"] for intent in found.auto_paging_iter() if intent.metadata]
    assert names == ["pay_2", "pay_1"]
    both = "metadata['invoice_id']:'inv_1' AND metadata['payment_id']:'pay_2'"
    assert len(intents.search({"query": both}).data) == 1
    with pytest.raises(stripe.InvalidRequestError, match="unable to parse"):
        intents.search({"query": "amount>1000"})
