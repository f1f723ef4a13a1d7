"""Money at the desk: who has not paid, an invoice, money that came by hand."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, abort, g, make_response, redirect, render_template, request, url_for
from marshmallow import ValidationError
from werkzeug.wrappers import Response as Redirect

from schemas.payments import NewRefund, Reverse
from server.access.routes import caller
from server.access.rules import Role, allow, may
from server.core import clock, ids, words
from server.core.database import transaction
from server.core.errors import Problem
from server.core.words import msgid as _
from server.invoices import operations as invoice_operations
from server.invoices import queries as invoices
from server.invoices.rules import Subject
from server.office import queries
from server.office.routes.accounts import REFUNDED, by_hand, collect_by_hand, renew_or_revoke
from server.office.routes.desk import blueprint, page_number, pdf_response
from server.office.routes.forms import attempt, sentence, typed_minor
from server.office.routes.standing import DECIDERS
from server.payments import flows
from server.payments import operations as payment_operations
from server.payments import queries as payments


@blueprint.get("/")
@allow(Role.OFFICE)
def board() -> str:
    """Show who has not paid yet."""
    with transaction() as session:
        shown = queries.board(session, profile=g.business, page=page_number(), now=clock.now())
    return render_template("office/board.html", board=shown, page=page_number())


@blueprint.get("/invoices/<invoice_id>")
@allow(Role.OFFICE)
def invoice(invoice_id: str) -> str:
    """Show an invoice and what happened to it."""
    return _invoice_page(invoice_id)


def _invoice_page(invoice_id: str, *, refusal: str | None = None) -> str:
    now = clock.now()
    with transaction() as session:
        shown = queries.invoice_page(
            session, invoice_id, profile=g.business, locale=words.spoken(), by=caller().principal, now=now
        )
    return render_template(
        "office/invoice.html",
        **shown,
        refusal=refusal,
        methods=by_hand(shown["usual_method"]),
        payment_id=ids.new("pay", now=now),
        refund_id=ids.new("ref", now=now),
        reversal_id=ids.new("rev", now=now),
        may_decide=may(caller().role, DECIDERS),
        here=url_for("office.invoice", invoice_id=invoice_id),
    )


@blueprint.post("/invoices/<invoice_id>/payments")
@allow(Role.OFFICE)
def record_payment(invoice_id: str) -> Redirect | Response:
    """Record money that came by hand; the same form sent twice is counted once."""
    with transaction() as session:
        currency = invoices.get_invoice(session, invoice_id).currency
    return _attempt(invoice_id, lambda: collect_by_hand(currency, invoice_id=invoice_id))


def _attempt(
    invoice_id: str, act: Callable[[], str], *, wrong: Callable[[ValidationError], str] = sentence
) -> Redirect | Response:
    there = url_for("office.invoice", invoice_id=invoice_id)
    return attempt(act, again=lambda refusal: _invoice_page(invoice_id, refusal=refusal), then=there, wrong=wrong)


@blueprint.post("/payments/<payment_id>/refunds")
@allow(Role.OFFICE)
def refund(payment_id: str) -> Redirect | Response:
    """Give a payment back, in full or in part; the same form sent twice is one refund."""
    with transaction() as session:
        payment = payments.get_payment(session, payment_id)

    def act() -> str:
        amount_minor, tip_minor = (typed_minor(payment.currency, field, empty="0") for field in ("amount", "tip"))
        wanted = NewRefund().load(
            {
                "refund_id": request.form.get("refund_id"),
                "amount_minor": "" if "" in (amount_minor, tip_minor) else int(amount_minor) + int(tip_minor),
                "tip_minor": tip_minor,
                "reason": request.form.get("reason", "").strip(),
                "reader_id": request.form.get("reader_id") or None,
            }
        )
        refunded = flows.refund(
            **wanted, payment_id=payment_id, requested_by=caller().principal, role=caller().role, now=clock.now()
        )
        return REFUNDED.get(refunded.status, _("The refund is under way."))

    return _attempt(payment.lead_id, act)


@blueprint.post("/payments/<payment_id>/reversal")
@allow(Role.OFFICE)
def reverse_payment(payment_id: str) -> Redirect | Response:
    """Take money back out of the books that was recorded by hand and did not come; the same form twice is one."""
    with transaction() as session:
        payment = payments.get_payment(session, payment_id)

    def act() -> str:
        wanted = Reverse().load(
            {
                "reversal_id": request.form.get("reversal_id"),
                "reason": request.form.get("reason", "").strip(),
                "fee_minor": typed_minor(payment.currency, "fee", empty="0"),
            }
        )
        with transaction() as session:
            payment_operations.reverse_payment(
                session, **wanted, payment_id=payment_id, reversed_by=caller().principal, now=clock.now()
            )
        return _("The payment is reversed: its amount is owed again, and the customer is told.")

    said = _("Say why, and write what the bank charged like 45.50 or 45,50.")
    return _attempt(payment.lead_id, act, wrong=lambda _wrong: said)


@blueprint.post("/refunds/<refund_id>/decision")
@allow(*DECIDERS)
def decide_refund(refund_id: str) -> Redirect | Response:
    """Be the second person: approve a refund that waits, or turn it down."""
    with transaction() as session:
        asked = payments.get_refund(session, refund_id)
        invoice_id = payments.get_payment(session, asked.payment_id).lead_id
    try:
        if request.form.get("decision") == "approve":
            flows.approve_refund(refund_id=refund_id, approved_by=caller().principal, now=clock.now())
        elif request.form.get("decision") == "reject":
            with transaction() as session:
                payment_operations.reject_refund(
                    session, refund_id=refund_id, rejected_by=caller().principal, now=clock.now()
                )
        else:
            abort(400)
    except Problem as refused:
        return make_response(_invoice_page(invoice_id, refusal=refused.sentence()), refused.status)
    return redirect(url_for("office.invoice", invoice_id=invoice_id), 303)


@blueprint.post("/payments/<payment_id>/check")
@allow(Role.OFFICE)
def check_payment(payment_id: str) -> Redirect:
    """Ask the card service now what became of a payment."""
    payment = flows.check(payment_id=payment_id, now=clock.now())
    return redirect(url_for("office.invoice", invoice_id=payment.lead_id), 303)


@blueprint.post("/invoices/<invoice_id>/link")
@allow(Role.OFFICE)
def change_link(invoice_id: str) -> Redirect:
    """Renew or revoke the link by which a customer pays."""
    with transaction() as session:
        renew_or_revoke(session, Subject.INVOICE, invoices.get_invoice(session, invoice_id, lock=True).id)
    return redirect(url_for("office.invoice", invoice_id=invoice_id), 303)


@blueprint.get("/invoices/<invoice_id>.pdf")
@allow(Role.OFFICE)
def invoice_pdf(invoice_id: str) -> Response:
    """Send the invoice as the customer gets it."""
    with transaction() as session:
        sheet = invoices.sheets(session, [invoices.get_invoice(session, invoice_id)])[0]
    return pdf_response(invoice_operations.render(sheet), sheet["number"])
