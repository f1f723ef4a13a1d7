"""Webhooks: signed, retried by the sandbox's clock, and never in the way of the receiver's own calls."""

import stripe

from tests.sandbox.bench import SECRET, Bench


def _types(accepted: list[stripe.Event]) -> list[str]:
    return [event.type for event in accepted]


def test_every_event_is_delivered_signed_and_in_order(bench: Bench) -> None:
    with bench.receiver() as accepted:
        bench.paid()
        assert bench.control("POST", "quiesce") == {"pending": 0}
        assert _types(accepted) == bench.events()
        assert all(event.pending_webhooks == 0 for event in bench.stripe.events.list().data)


def test_an_event_keeps_the_object_as_it_was(bench: Bench) -> None:
    intent = bench.intent(description="before")
    bench.stripe.payment_intents.update(intent.id, {"description": "after"})
    event = bench.stripe.events.list({"type": "payment_intent.created"}).data[0]
    assert event.data.object.description == "before"
    assert bench.stripe.events.retrieve(event.id).request.id.startswith("req_")


def test_an_endpoint_gets_only_what_it_asked_for(bench: Bench) -> None:
    with bench.receiver(events=["payment_intent.succeeded"]) as some, bench.receiver() as all_of_them:
        bench.paid()
        bench.control("POST", "quiesce")
        assert _types(some) == ["payment_intent.succeeded"]
        assert _types(all_of_them) == bench.events()


def test_a_refused_delivery_is_tried_again_later(bench: Bench) -> None:
    with bench.receiver(answer=lambda n: 500 if n < 2 else 200) as accepted:
        bench.intent()
        bench.control("POST", "quiesce")
        assert accepted == []
        bench.advance(5)
        assert accepted == []
        bench.advance(30)
        assert _types(accepted) == ["payment_intent.created"]


def test_a_redirect_is_no_success(bench: Bench) -> None:
    with bench.receiver(answer=lambda n: 302 if n == 0 else 200) as accepted:
        bench.intent()
        bench.control("POST", "quiesce")
        assert accepted == []
        bench.advance(5)
        assert len(accepted) == 1


def test_deliveries_are_given_up_after_three_days(bench: Bench) -> None:
    attempts = []

    def refuse(n: int) -> int:
        attempts.append(n)
        return 503

    with bench.receiver(answer=refuse):
        bench.intent()
        for _ in range(80):
            bench.advance(3600)
        assert len(attempts) == 11
        assert bench.sandbox.state.deliveries == []


def test_a_receiver_may_call_back_while_the_clock_moves(bench: Bench) -> None:
    seen = []

    def call_back(n: int) -> int:
        seen.append(bench.client().v1.payment_intents.list().data[0].status)
        if n == 0:
            bench.client().v1.checkout.sessions.expire(session.id)
        return 200

    paid = bench.paid()
    session = bench.session()
    with bench.receiver(answer=call_back) as accepted:
        bench.advance(5)
        assert _types(accepted) == ["charge.updated", "checkout.session.expired"]
        assert (seen, paid.status) == (["succeeded"] * 2, "succeeded")


def test_a_signature_carries_the_sandboxs_time(bench: Bench) -> None:
    bench.advance(40 * 24 * 3600)
    before = bench.now()
    with bench.receiver():
        bench.intent()
        bench.control("POST", "quiesce")
    signed_at = int(bench.signatures[0].partition(",")[0].removeprefix("t="))
    assert before <= signed_at <= bench.now()


def test_endpoints_are_made_changed_and_removed_over_the_api(bench: Bench) -> None:
    endpoints = bench.stripe.webhook_endpoints
    made = endpoints.create({"url": "http://127.0.0.1:9/hook", "enabled_events": ["charge.succeeded"]})
    assert made.secret.startswith("whsec_")
    assert "secret" not in endpoints.retrieve(made.id)
    changed = endpoints.update(made.id, {"enabled_events": ["*"], "disabled": True})
    assert (changed.enabled_events, changed.status) == (["*"], "disabled")
    bench.intent()
    assert bench.sandbox.state.deliveries == []
    assert endpoints.delete(made.id).deleted is True
    assert endpoints.list().data == []


def test_an_endpoint_with_a_known_secret_takes_the_place_of_its_last(bench: Bench) -> None:
    wanted = {"url": "http://127.0.0.1:9/hook", "secret": SECRET}
    for _ in range(2):
        assert bench.control("POST", "webhook_endpoints", wanted, status=201)["secret"] == SECRET
    assert len(bench.stripe.webhook_endpoints.list().data) == 1
    for wrong in ({"secret": None}, {"enabled_events": "*"}, {"url": "ftp://127.0.0.1"}):
        bench.control("POST", "webhook_endpoints", wanted | wrong, status=400)


def test_an_address_that_makes_no_sense_stops_nobody_elses_events(bench: Bench) -> None:
    nonsense = {"url": "http://127.0.0.1:port/", "secret": SECRET}
    bench.control("POST", "webhook_endpoints", nonsense, status=201)
    with bench.receiver() as accepted:
        bench.intent()
        bench.control("POST", "quiesce")
        assert _types(accepted) == ["payment_intent.created"]


def test_what_was_pending_for_a_removed_endpoint_is_dropped(bench: Bench) -> None:
    made = bench.stripe.webhook_endpoints.create({"url": "http://127.0.0.1:9/hook", "enabled_events": ["*"]})
    bench.intent()
    bench.control("POST", "quiesce")
    bench.stripe.webhook_endpoints.delete(made.id)
    bench.advance(3600)
    assert bench.sandbox.state.deliveries == []
