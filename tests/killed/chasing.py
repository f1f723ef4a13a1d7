"""Payment plans, and what is handed to an agency, while the process is killed."""

from __future__ import annotations

from server.core import clock
from server.core.database import transaction
from server.dunning import flows as dunning
from server.dunning import operations, queries
from server.dunning.rules import QUESTIONS_OF_OURS, Before, ProposalKind
from server.payments import flows as payments
from server.payments.rules import Method
from server.referrals import flows as referrals
from server.referrals import operations as referring
from server.referrals import queries as referred
from server.referrals.rules import AgencyKind
from tests import quebec
from tests.dunning.test_instalments import agree
from tests.killed.flows import Plan, kills, now
from tests.messages.conftest import MailServer
from tests.payments.test_saved_cards import save_by_tap
from tests.shop import Shop

HALF = 10923


@kills(dunning.charge_part)
def a_part_of_a_plan_is_charged(shop: Shop, _mail: MailServer, number: int) -> Plan:
    plan_id = f"ppl_{number}"
    with transaction() as session:
        quebec.start_chasing(session, now=shop.now())
    card = save_by_tap(shop)
    agree(shop, card.id, plan_id=plan_id)
    shop.pass_time(days=1)
    before_minor = shop.captured()

    def finish() -> None:
        # A payment that never reached Stripe is given up, and its part is charged again two days later.
        taken_minor = shop.captured() - before_minor
        assert taken_minor in (0, HALF)
        with transaction() as session:
            operations.cancel_plan(session, plan_id=plan_id, now=clock.now())
            (unpaid,) = queries.list_open(session, queries.of_debtors([("cus_1", "CAD")]))["cus_1", "CAD"]
        assert unpaid.balance_minor == Shop.TOTAL - taken_minor
        payments.collect(
            payment_id=f"pay_rest_{number}",
            invoice_id=unpaid.invoice_id,
            method=Method.CASH,
            amount_minor=unpaid.balance_minor,
            taken_by="test",
            now=clock.now(),
        )
        with transaction() as session:
            operations.close_settled(session, today=queries.today_of(session, now=clock.now()), now=clock.now())
        payments.learn_missing_fees(now=clock.now())  # it looks back two months, and each plan takes one

    return Plan(now(plan_id=plan_id), finish)


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
        operations.answer_checks(
            session,
            case_id=case.id,
            before=Before.REFERRAL,
            answers=dict.fromkeys(QUESTIONS_OF_OURS, True),
            note=None,
            answered_by="staff:anne",
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
