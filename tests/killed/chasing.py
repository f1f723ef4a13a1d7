"""What is handed to an agency, while the process is killed."""

from __future__ import annotations

from server.core import clock
from server.core.database import transaction
from server.dunning import operations, queries
from server.dunning.rules import ProposalKind
from server.referrals import flows as referrals
from server.referrals import operations as referring
from server.referrals import queries as referred
from server.referrals.rules import AgencyKind
from tests import quebec
from tests.killed.flows import Plan, kills, now
from tests.messages.conftest import MailServer
from tests.shop import Shop


@kills(referrals.hand_over)
def an_agency_is_handed_a_pack(shop: Shop, _mail: MailServer, number: int) -> Plan:
    referral_id = f"rfl_{number}"
    if number == 1:
        with transaction() as session:
            quebec.start_chasing(session, now=shop.now())
            referring.add_agency(
                session,
                agency_id="agc_1",
                kind=AgencyKind.AGENCY,
                name="Nord",
                email=None,
                commission_bp=0,
                now=shop.now(),
            )
        shop.invoice()
        shop.pass_time(days=40)
    with transaction() as session:
        operations.plan(session, today=queries.today_of(session, now=clock.now()), now=clock.now())
        (case,) = queries.find_open_cases(session).values()
        operations.propose_by_hand(
            session,
            case_id=case.id,
            kind=ProposalKind.REFERRAL,
            reason="No answer",
            proposed_by="staff:anne",
            now=clock.now(),
        )
        wanted = {"case_id": case.id, "agency_id": "agc_1", "note": "No answer", "approved_by": "staff:boss"}
        referring.refer(session, referral_id=referral_id, now=clock.now(), **wanted)

    def finish() -> None:
        with transaction() as session:
            assert referred.get_referral(session, referral_id).pack_sha256 is not None
            back = {"reason": "They settle", "recalled_by": "staff:boss"}
            referring.recall(session, referral_id=referral_id, now=clock.now(), **back)

    return Plan(now(referral_id=referral_id, by="staff:anne"), finish)
