"""What Stripe tells cannot be understood for a while: nobody is chased by old news, and the desk says so."""

from __future__ import annotations

from server.cli.story.players import VISA, Players, line, new, until
from tests.journeys.desk import Desk


def test_everything_rests_while_the_feed_is_behind_and_goes_on_by_itself(street: Players) -> None:
    desk = Desk(street)
    late = street.do_job("Lise Tard", "Prise", [line("Prise", "1", 5000, "none")])
    street.wait(days=31)
    until(lambda: street.cases(late["customer_id"]), bool, "a case")
    (plan,) = [each for each in street.office("GET", "/dunning/plans")["items"] if each["in_force"]]
    page = f"/chase/plans/{plan['plan_id']}"
    paying = street.do_job("Ida Vite", "Lustre", [line("Lustre", "1", 7000, "none")])
    payment = street.collect(paying, "card_reader", 7000)
    # What the card company kept is told some seconds later; asking about it fails.
    street.sandbox("faults", [{"kind": "drop_before", "method": "GET", "path": "/v1/refunds", "times": 1000}])
    street.present(VISA)
    street.payment(payment["payment_id"], "succeeded")
    street.wait(seconds=60)
    street.wait(seconds=20 * 60)
    until(
        lambda: street.office("GET", "/dunning/worklist")["feed_stale_since"],
        lambda since: since is not None,
        "the feed to be behind",
    )
    assert "The payment feed is behind since" in desk.read("/chase")
    shown = desk.send(f"{page}/dry-run", on=page, as_of=street.now()[:10])
    assert "Lise Tard · the payment feed is behind" in shown
    (case,) = street.cases(late["customer_id"])
    assert "the payment feed is behind" in desk.read(f"/chase/cases/{case['case_id']}")
    charge = {"charge_id": new("chg"), "invoice_id": late["invoice_id"]}
    refused = street.send("POST", "/late_charges", charge, street.world["api_key"])
    assert (refused.json()["code"], refused.json()["refusal"]) == ("nothing_to_charge", "feed_stale")
    assert "It may be paid already" in desk.read(f"/invoices/{late['invoice_id']}/late_charges")
    street.forget_faults()
    street.wait(seconds=10 * 60)
    until(
        lambda: street.office("GET", "/dunning/worklist")["feed_stale_since"],
        lambda since: since is None,
        "the feed to catch up",
    )
    assert "The payment feed is behind" not in desk.read("/chase")
    street.collect(late, "cash", 5000)
