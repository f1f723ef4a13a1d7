"""Nobody is threatened with a court unless it is meant: the owner confirms it, and the final demand says it."""

from __future__ import annotations

from server.cli.story.players import Players, line, new, until
from tests.journeys.desk import Desk


def test_the_final_demand_speaks_of_a_court_while_the_owner_means_it(street: Players) -> None:
    owner, clerk = Desk(street), Desk(street, "clerk")
    invoice = street.do_job("Xavier Muet", "Prise", [line("Prise", "1", 5000, "none")])
    street.wait(days=31)
    (case,) = until(
        lambda: street.cases(invoice["customer_id"]), lambda found: [c["status"] for c in found] == ["active"], "a case"
    )
    here, api = f"/chase/cases/{case['case_id']}", f"/dunning/cases/{case['case_id']}"

    def final_demand() -> str:
        asked = f"case_id={case['case_id']}&template=final_demand"
        return str(street.office("GET", f"/dunning/preview?{asked}")["text"])

    before = final_demand()
    assert "No text speaks of a court unless" in clerk.read(here)
    street.office("POST", f"{api}/legal_intent", {"intent_id": new("lgi"), "reason": "Moi"}, status=403)
    owner.send(f"{here}/legal-intent/confirm", on=here, intent_id=new("lgi"), reason="Me Gagnon a le dossier")
    assert "Me Gagnon a le dossier" in clerk.read(here)
    said = final_demand()
    assert not {"tribunal", "court"} & set(before.split())
    assert "devant un tribunal" in said or "before a court" in said
    assert "Legal steps confirmed" in clerk.read(f"/customers/{invoice['customer_id']}/log")
    owner.send(f"{here}/legal-intent/withdraw", on=here, reason="On se parle")
    assert final_demand() == before
    street.collect(invoice, "cash", 5000)
