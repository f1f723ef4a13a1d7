"""A technician hands the day's cash and a cheque over; the office counts less than was said, and pays it in."""

from __future__ import annotations

from server.cli.story.players import Json, Players, line, new, understood


def taken(street: Players, method: str, amount_minor: int) -> Json:
    """Do a job and take its money by hand, on the phone."""
    invoice = street.do_job("Lise Roy", "Chauffe-eau", [line("Chauffe-eau", "1", amount_minor, "none")])
    paid = {"payment_id": new("pay"), "invoice_id": invoice["invoice_id"], "method": method}
    return street.phone("POST", "/payments", {**paid, "amount_minor": amount_minor, "reference": "77"}, status=201)


def cash_of(held: Json) -> int:
    return int(sum(one["cash_minor"] for one in held["cash"] if one["currency"] == "CAD"))


def test_cash_is_handed_over_countersigned_short_and_paid_in(street: Players) -> None:
    taken(street, "cash", 150_000)  # more than any other story takes out of the drawer
    cheque = taken(street, "cheque", 8000)
    (mine,) = street.phone("GET", "/cash")["items"]
    held_minor = cash_of(mine)
    handover_id = new("hnd")
    said = {"handover_id": handover_id, "amount_minor": held_minor, "currency": "CAD"}
    said["cheques"] = [cheque["payment_id"]]
    assert street.phone("POST", "/cash/handovers", said, status=201)["status"] == "waiting"
    again = street.send("POST", "/cash/handovers", {**said, "handover_id": new("hnd")}, street.phone_token)
    assert (again.status_code, again.json()["code"]) == (422, "cash_too_high")
    count = f"/cash/handovers/{handover_id}/countersignature"
    drawer_minor = cash_of(street.office("GET", "/cash")["items"][0])
    short = {"counted_minor": held_minor - 500}
    assert street.send("POST", count, short, street.phone_token).status_code == 403
    assert street.send("POST", count, short, street.world["api_key"]).json()["code"] == "difference_unexplained"
    done = street.office("POST", count, {**short, "reason": "A toll, no receipt"}, status=200)
    assert (done["status"], done["expected_minor"], done["counted_minor"]) == (
        "countersigned",
        held_minor,
        held_minor - 500,
    )
    assert cash_of(street.phone("GET", "/cash")["items"][0]) == 0
    drawer = street.office("GET", "/cash")["items"][0]
    assert cash_of(drawer) == drawer_minor + held_minor - 500
    assert cheque["payment_id"] in [one["payment_id"] for one in drawer["cheques"]]
    slip = {"banking_id": new("bnk"), "amount_minor": cash_of(drawer), "currency": "CAD"}
    paid_in = {**slip, "cheques": [cheque["payment_id"]], "reference": "Slip 12"}
    assert street.office("POST", "/cash/bankings", paid_in, status=201)["cheques_minor"] == 8000
    bounced = {"reversal_id": new("rev"), "reason": "NSF"}
    understood(street.send("POST", f"/payments/{cheque['payment_id']}/reversal", bounced, street.world["api_key"]), 201)
