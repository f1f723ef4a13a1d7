"""What a customer owes and has: money that came by hand, for one invoice or several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, abort, flash, g, make_response, redirect, render_template, request, url_for
from marshmallow import ValidationError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from schemas.credit import ApplyCredit, PayOutCredit, RefundCredit
from schemas.payments import Collect
from server.access.routes import caller
from server.access.rules import Role, allow, may
from server.core import clock, ids
from server.core.database import transaction
from server.core.words import msgid as _
from server.customers import queries as customers
from server.invoices import operations as invoice_operations
from server.invoices import queries as invoices
from server.invoices.rules import Subject
from server.office import queries
from server.office.routes.desk import blueprint
from server.office.routes.forms import attempt, typed_minor
from server.office.routes.standing import DECIDERS
from server.payments import flows, operations
from server.payments import queries as payments
from server.payments.rules import BY_CARD, Method, RefundStatus
from server.standing import rules as standing_words

REFUNDED = {
    RefundStatus.SUCCEEDED: _("The money is given back, and the customer is told."),
    RefundStatus.WAITING: _("The reader asks for the card that paid."),
    RefundStatus.AWAITING_APPROVAL: _("The refund waits for the approval of a supervisor."),
    RefundStatus.FAILED: _("The refund did not go through. Nothing was given back."),
}
PAID_OUT = {
    RefundStatus.SUCCEEDED: _("The transfer is recorded: we hold it no longer."),
    RefundStatus.AWAITING_APPROVAL: _("The transfer waits for the approval of a supervisor. Make it after that."),
    RefundStatus.CANCELED: _("It is turned down: we still hold it."),
}
BY_HAND = [method.value for method in Method if method not in BY_CARD]


_LINK_CHANGES = {
    "renew": (invoice_operations.renew_link, _("There is a new link. The one before no longer works.")),
    "revoke": (invoice_operations.revoke_link, _("The link no longer works.")),
}


def renew_or_revoke(session: Session, subject: Subject, subject_id: str) -> None:
    """Change a link as the form wants it, and say so."""
    wanted = _LINK_CHANGES.get(request.form.get("change", ""))
    if wanted is None:
        abort(400)
    change, done = wanted
    change(session, subject=subject, subject_id=subject_id, by=caller().principal, now=clock.now())
    flash(done)


def by_hand(usual: Method | None) -> list[str]:
    """Return the ways money comes by hand, the one the customer used last first."""
    return sorted(BY_HAND, key=lambda name: name != usual)


def collect_by_hand(currency: str, **for_what: Any) -> str:
    """Record the money of the form that came by hand, and say so. Raises ValidationError, and what flows.collect
    raises."""
    wanted = Collect().load(
        {
            **for_what,
            "payment_id": request.form.get("payment_id"),
            "method": request.form.get("method"),
            "amount_minor": typed_minor(currency),
            "reference": request.form.get("reference", "").strip() or None,
            "beside_debit": "beside_debit" in request.form,
            "keep_beyond": "keep_beyond" in request.form,
        }
    )
    method = Method(wanted["method"])
    for of_cards in ("save_card", "saved_card_id"):
        del wanted[of_cards]
    if method in BY_CARD:
        raise ValidationError({"method": ["The desk takes no cards."]})
    flows.collect(**{**wanted, "method": method}, taken_by=caller().principal, now=clock.now())
    return _("The payment is recorded, and the customer gets a receipt.")


@blueprint.get("/customers/<customer_id>")
@allow(Role.OFFICE)
def customer(customer_id: str) -> str:
    """Show a customer."""
    return _customer_page(customer_id)


def _customer_page(customer_id: str, *, refusal: str | None = None) -> str:
    now = clock.now()
    with transaction() as session:
        shown = queries.customer_page(session, customer_id, profile=g.business, by=caller().principal, now=now)
    return render_template(
        "office/customer.html",
        **shown,
        standing_words=standing_words,
        refusal=refusal,
        methods=by_hand(shown["usual_method"]),
        payment_id=ids.new("pay", now=now),
        application_id=ids.new("app", now=now),
        refund_id=ids.new("ref", now=now),
        payout_id=ids.new("cpo", now=now),
        may_decide=may(caller().role, DECIDERS),
    )


@blueprint.post("/customers/<customer_id>/payments")
@allow(Role.OFFICE)
def record_for_several(customer_id: str) -> Redirect | Response:
    """Record money that came by hand for what was ticked; the same form sent twice is counted once."""
    ticked = request.form.getlist("invoice_id")
    if not ticked:
        return make_response(_customer_page(customer_id, refusal=_("Tick at least one invoice.")), 422)
    with transaction() as session:
        currency = invoices.get_invoice(session, ticked[0]).currency
    return _attempt(customer_id, lambda: collect_by_hand(currency, invoice_ids=ticked))


@blueprint.post("/customers/<customer_id>/link")
@allow(Role.OFFICE)
def change_customer_link(customer_id: str) -> Redirect:
    """Make the link by which a customer pays whatever they owe, or renew or revoke the one there is."""
    with transaction() as session:
        customers.get_customer(session, customer_id)
        invoice_operations.open_link(session, subject=Subject.CUSTOMER, subject_id=customer_id)
        if "change" in request.form:
            renew_or_revoke(session, Subject.CUSTOMER, customer_id)
    return redirect(url_for("office.customer", customer_id=customer_id), 303)


def _attempt(customer_id: str, act: Callable[[], str]) -> Redirect | Response:
    there = url_for("office.customer", customer_id=customer_id)
    return attempt(act, again=lambda refusal: _customer_page(customer_id, refusal=refusal), then=there)


@blueprint.post("/customers/<customer_id>/credit/applications")
@allow(Role.OFFICE)
def apply_credit(customer_id: str) -> Redirect | Response:
    """Pay an invoice out of the customer's credit; the same form sent twice is one use."""
    with transaction() as session:
        currency = invoices.get_invoice(session, request.form.get("invoice_id", "")).currency

    def act() -> str:
        wanted = ApplyCredit().load(
            {
                "application_id": request.form.get("application_id"),
                "invoice_id": request.form.get("invoice_id"),
                "amount_minor": typed_minor(currency),
            }
        )
        flows.apply_credit(**wanted, customer_id=customer_id, applied_by=caller().principal, now=clock.now())
        return _("The credit is used for the invoice.")

    return _attempt(customer_id, act)


@blueprint.post("/customers/<customer_id>/credit/applications/<application_id>/withdrawal")
@allow(Role.OFFICE)
def withdraw_application(customer_id: str, application_id: str) -> Redirect | Response:
    """Make what credit paid of an invoice credit again."""

    def act() -> str:
        with transaction() as session:
            operations.withdraw_application(
                session,
                customer_id=customer_id,
                application_id=application_id,
                withdrawn_by=caller().principal,
                now=clock.now(),
            )
        return _("It is the customer's credit again, and the invoice owes it again.")

    return _attempt(customer_id, act)


@blueprint.post("/customers/<customer_id>/credit/refunds")
@allow(Role.OFFICE)
def refund_credit(customer_id: str) -> Redirect | Response:
    """Give credit back, to the card it came from or by hand; the same form sent twice is one refund."""
    with transaction() as session:
        payment = payments.get_of_customer(session, request.form.get("payment_id", ""), customer_id=customer_id)

    def act() -> str:
        wanted = RefundCredit().load(
            {
                "refund_id": request.form.get("refund_id"),
                "payment_id": payment.id,
                "amount_minor": typed_minor(payment.currency),
                "reason": request.form.get("reason", "").strip(),
                "by_hand": request.form.get("by_hand") or None,
                "reference": request.form.get("reference", "").strip() or None,
            }
        )
        by_hand = Method(wanted["by_hand"]) if wanted["by_hand"] else None
        refunded = flows.refund(
            **{**wanted, "by_hand": by_hand},
            from_credit=True,
            requested_by=caller().principal,
            role=caller().role,
            now=clock.now(),
        )
        return REFUNDED.get(refunded.status, _("The refund is under way."))

    return _attempt(customer_id, act)


@blueprint.post("/customers/<customer_id>/credit/payouts")
@allow(Role.OFFICE)
def pay_out_credit(customer_id: str) -> Redirect | Response:
    """Write down a transfer of what is held for a customer; the same form sent twice is one payout."""

    def act() -> str:
        currency = request.form.get("currency", "")
        said = {name: request.form.get(name, "").strip() for name in ("payout_id", "reason", "reference")}
        wanted = PayOutCredit().load({**said, "currency": currency, "amount_minor": typed_minor(currency)})
        asking: dict[str, Any] = {"requested_by": caller().principal, "role": caller().role, "now": clock.now()}
        with transaction() as session:
            payout = operations.pay_out_credit(session, customer_id=customer_id, **wanted, **asking)
        return PAID_OUT[payout.status]

    return _attempt(customer_id, act)


@blueprint.post("/credit_payouts/<payout_id>/decision")
@allow(*DECIDERS)
def decide_credit_payout(payout_id: str) -> Redirect | Response:
    """Be the second person: approve a payout of credit that waits, or turn it down."""
    with transaction() as session:
        customer_id = payments.get_credit_payout(session, payout_id).customer_id
    decision, by = request.form.get("decision"), caller().principal
    if decision not in ("approve", "reject"):
        abort(400)

    def act() -> str:
        with transaction() as session:
            if decision == "approve":
                decided = operations.approve_credit_payout(
                    session, payout_id=payout_id, approved_by=by, now=clock.now()
                )
            else:
                decided = operations.reject_credit_payout(session, payout_id=payout_id, rejected_by=by)
        return PAID_OUT[decided.status]

    return _attempt(customer_id, act)
