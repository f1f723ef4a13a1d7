"""HTTP for the credit of customers."""

from __future__ import annotations

from typing import Any

from schemas import credit as wire
from schemas.payments import Refund
from server.access.routes import caller
from server.access.rules import Role, allow
from server.core import clock, problems
from server.core.database import transaction
from server.customers import queries as customers
from server.payments import flows, models, operations, queries
from server.payments.routes.blueprint import blueprint
from server.payments.rules import Method


@blueprint.get("/customers/<customer_id>/credit")
@allow(Role.OFFICE)
@blueprint.response(200, wire.Credit)
def get_credit(customer_id: str) -> dict[str, Any]:
    """Say what we hold for a customer, which payments it came from, and what it paid."""
    with transaction() as session:
        sources = operations.list_sources(session, customer_id)
        return {
            "customer_id": customer_id,
            "credit": customers.get_with_credit(session, customer_id)["credit"],
            "sources": [
                {
                    "payment_id": source.payment.id,
                    "method": source.payment.method,
                    "card_last4": source.payment.card_last4,
                    "currency": source.payment.currency,
                    "left_minor": source.left_minor,
                }
                for source in sources
            ],
            "applications": queries.list_applications(session, customer_id=customer_id),
            "held": operations.list_held(session, customer_id),
            "payouts": queries.list_credit_payouts(session, customer_id),
        }


@blueprint.post("/customers/<customer_id>/credit/applications")
@allow(Role.OFFICE)
@blueprint.arguments(wire.ApplyCredit)
@blueprint.response(201, wire.CreditApplication)
def apply_credit(wanted: dict[str, Any], customer_id: str) -> models.CreditApplication:
    """Pay an invoice of a customer out of their credit."""
    return flows.apply_credit(**wanted, customer_id=customer_id, applied_by=caller().principal, now=clock.now())


@blueprint.post("/customers/<customer_id>/credit/applications/<application_id>/withdrawal")
@allow(Role.OFFICE)
@blueprint.response(200, wire.CreditApplication)
def withdraw_application(customer_id: str, application_id: str) -> models.CreditApplication:
    """Make what credit paid of an invoice credit again; the invoice owes it again."""
    with transaction() as session:
        return operations.withdraw_application(
            session,
            customer_id=customer_id,
            application_id=application_id,
            withdrawn_by=caller().principal,
            now=clock.now(),
        )


@blueprint.post("/customers/<customer_id>/credit/refunds")
@allow(Role.OFFICE)
@blueprint.arguments(wire.RefundCredit)
@blueprint.response(201, Refund)
def refund_credit(wanted: dict[str, Any], customer_id: str) -> dict[str, Any]:
    """Give credit back, to the card it came from or by hand; limits and the second person are those of refunds."""
    with transaction() as session:
        queries.get_of_customer(session, wanted["payment_id"], customer_id=customer_id)
    by_hand = Method(wanted["by_hand"]) if wanted["by_hand"] else None
    refund = flows.refund(
        **{**wanted, "by_hand": by_hand},
        from_credit=True,
        requested_by=caller().principal,
        role=caller().role,
        now=clock.now(),
    )
    with transaction() as session:
        return queries.refund_sheets(session, [refund], locale=problems.language())[0]


@blueprint.post("/customers/<customer_id>/credit/payouts")
@allow(Role.OFFICE)
@blueprint.arguments(wire.PayOutCredit)
@blueprint.response(201, wire.CreditPayout)
def pay_out_credit(wanted: dict[str, Any], customer_id: str) -> models.CreditPayout:
    """Write down a transfer to a customer of what is held for them and no payment brought.

    `status` is `awaiting_approval` above the caller's limit for refunds, until somebody else approves.
    """
    said = {**wanted, "requested_by": caller().principal, "role": caller().role}
    with transaction() as session:
        return operations.pay_out_credit(session, customer_id=customer_id, **said, now=clock.now())


@blueprint.post("/credit_payouts/<payout_id>/approval")
@allow(Role.SUPERVISOR, Role.ADMIN)
@blueprint.response(200, wire.CreditPayout)
def approve_credit_payout(payout_id: str) -> models.CreditPayout:
    """Let a payout of credit that waits go ahead, as another than who asked for it."""
    with transaction() as session:
        return operations.approve_credit_payout(
            session, payout_id=payout_id, approved_by=caller().principal, now=clock.now()
        )


@blueprint.post("/credit_payouts/<payout_id>/rejection")
@allow(Role.SUPERVISOR, Role.ADMIN)
@blueprint.response(200, wire.CreditPayout)
def reject_credit_payout(payout_id: str) -> models.CreditPayout:
    """Turn a payout of credit that waits down, as another than who asked for it."""
    with transaction() as session:
        return operations.reject_credit_payout(session, payout_id=payout_id, rejected_by=caller().principal)
