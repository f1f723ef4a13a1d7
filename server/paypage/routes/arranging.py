"""What a customer who is late says on their page: when they pay, that they pay in parts, what is wrong."""

from __future__ import annotations

from datetime import date

from flask import Response, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from server.access.rules import public
from server.core import clock, ids, money, pages, words
from server.core.database import transaction
from server.core.errors import Problem
from server.core.limits import REQUESTS, limiter
from server.core.words import msgid as _
from server.documents import pdf
from server.dunning import operations as dunning
from server.dunning import queries as dunning_queries
from server.dunning.rules import DisputeReason, Every, Source
from server.paypage import queries, rules
from server.paypage.queries import Opened
from server.paypage.routes.paying import BECAUSE, blueprint, page

PARTS_ASKED = ("2", "3", "4")


@blueprint.get("/<token>/contract.pdf")
@public(BECAUSE)
def contract_pdf(token: str) -> Response:
    """Send the contract that was signed for an invoice of the link."""
    with transaction() as session:
        bill = queries.open_link(session, token).bill(request.args.get("invoice"))
        facts = queries.get_contract_facts(session, bill)
    headers = {"Content-Disposition": f'inline; filename="{facts.contract_id}.pdf"'}
    return Response(pdf.contract(facts), content_type="application/pdf", headers=headers)


def _arranged_for(session: Session, token: str) -> tuple[Opened, queries.Arranged]:
    """Return what is arranged in the currency of the form. Raises LinkDead, NothingToPromise."""
    opened = queries.open_link(session, token)
    today = clock.local_date(clock.now(), opened.business.time_zone)
    for each in queries.arranged(session, opened, today=today):
        if each.currency == request.form.get("currency"):
            return opened, each
    raise dunning.NothingToPromise


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        return None


def _number(name: str) -> str:
    sent = request.form.get(name, "")
    return sent if sent.isdecimal() and len(sent) < 5 else "0"


@blueprint.post("/<token>/promises")
@public(BECAUSE)
@limiter.limit(REQUESTS)
def promise(token: str) -> Redirect | Response:
    """Take the customer's word to pay the invoices of the link by a day; the same form sent twice is one promise."""
    day = _day("due_on")
    if day is None:
        return page(token, refusal=_("Choose a day."), status=422)
    try:
        with transaction() as session:
            opened, arranged = _arranged_for(session, token)
            dunning.promise(
                session,
                case_id=arranged.case_id,
                promise_id=ids.derived("prm", arranged.case_id, _number("promises")),
                amount_minor=None,
                due_on=day,
                invoice_ids=[] if opened.is_whole else [bill.invoice["id"] for bill in opened.bills],
                source=Source.CUSTOMER,
                made_by="customer",
                now=clock.now(),
            )
    except Problem as refused:
        return page(token, refusal=rules.refusal(refused.code), status=refused.status)
    return redirect(url_for("paypage.show", token=token), 303)


@blueprint.post("/<token>/payment_plans")
@public(BECAUSE)
@limiter.limit(REQUESTS)
def ask_for_plan(token: str) -> Redirect | Response:
    """Ask to pay in parts; somebody at the office answers."""
    count, every = _number("count"), request.form.get("every", "")
    if every not in set(Every) or count not in PARTS_ASKED:
        return page(token, refusal=_("Choose how many parts, and how far apart."), status=422)
    try:
        with transaction() as session:
            opened, arranged = _arranged_for(session, token)
            dunning.draw_up_plan(
                session,
                case_id=arranged.case_id,
                plan_id=ids.derived("ppl", arranged.case_id, _number("plans")),
                count=int(count),
                first_on=_day("first_on"),
                every=Every(every),
                invoice_ids=[] if opened.is_whole else [bill.invoice["id"] for bill in opened.bills],
                source=Source.CUSTOMER,
                made_by="customer",
                now=clock.now(),
            )
    except Problem as refused:
        return page(token, refusal=rules.refusal(refused.code), status=refused.status)
    return redirect(url_for("paypage.show", token=token), 303)


@blueprint.post("/<token>/disputes")
@public(BECAUSE)
@limiter.limit(REQUESTS)
def dispute(token: str) -> Redirect | Response:
    """Take down what the customer says is wrong with an invoice of the link."""
    reason, said = request.form.get("reason", ""), request.form.get("said", "").strip()[:2000]
    if reason not in set(DisputeReason) or not said:
        return page(token, refusal=_("Say in a few words what is wrong."), status=422)
    try:
        with transaction() as session:
            bill = queries.open_link(session, token).bill(request.form.get("invoice_id"))
            typed = request.form.get("disputed", "").strip()
            disputed_minor = money.typed(typed, bill.invoice["currency"]) if typed else None
            dunning.dispute(
                session,
                invoice_id=bill.invoice["id"],
                dispute_id=ids.derived("dsp", bill.invoice["id"], reason, said),
                amount_minor=disputed_minor,
                reason=DisputeReason(reason),
                said=said,
                source=Source.CUSTOMER,
                opened_by="customer",
                now=clock.now(),
            )
    except ValueError:
        return page(token, refusal=_("This is not an amount. Write it like 85.50 or 85,50."), status=422)
    except Problem as refused:
        return page(token, refusal=rules.refusal(refused.code), status=refused.status)
    return redirect(url_for("paypage.show", token=token), 303)


@blueprint.get("/<token>/agreements/<plan_id>")
@public(BECAUSE)
def agreement(token: str, plan_id: str) -> Response:
    """Show the agreement to pay in parts, to be signed."""
    return _agreement_page(token, plan_id)


def _agreement_page(token: str, plan_id: str, *, refusal: str | None = None, status: int = 200) -> Response:
    with transaction() as session:
        opened, plan = queries.open_agreement(session, token, plan_id)
    words.speak(words.locale_for(pages.language(opened.language), opened.business.country))
    here = url_for("paypage.agreement", token=token, plan_id=plan_id)
    shown = render_template("paypage/agreement.html", opened=opened, plan=plan, token=token, refusal=refusal, here=here)
    return make_response(shown, status)


@blueprint.post("/<token>/agreements/<plan_id>")
@public(BECAUSE)
@limiter.limit(REQUESTS)
def sign_agreement(token: str, plan_id: str) -> Redirect | Response:
    """Keep the customer's signature of exactly the agreement that was shown."""
    name = request.form.get("signer_name", "").strip()[:200]
    if not name or "agreed" not in request.form:
        return _agreement_page(token, plan_id, refusal=_("Write your name and tick that you agree."), status=422)
    try:
        with transaction() as session:
            opened, _plan = queries.open_agreement(session, token, plan_id)
            chosen = request.form.get("saved_card_id")
            dunning.sign_plan(
                session,
                plan_id=plan_id,
                document_sha256=request.form.get("document_sha256", ""),
                signer_name=name,
                witness_name=request.form.get("witness_name", "").strip()[:200] or None,
                saved_card_id=chosen if chosen in {card.id for card in opened.saved} else None,
                signed_by="customer",
                now=clock.now(),
            )
    except Problem as refused:
        return _agreement_page(token, plan_id, refusal=rules.refusal(refused.code), status=refused.status)
    return redirect(url_for("paypage.agreement", token=token, plan_id=plan_id), 303)


@blueprint.get("/<token>/agreements/<plan_id>.pdf")
@public(BECAUSE)
def agreement_pdf(token: str, plan_id: str) -> Response:
    """Send the agreement to pay in parts, signed or to be signed."""
    with transaction() as session:
        _opened, plan = queries.open_agreement(session, token, plan_id)
    facts = dunning_queries.plan_pdf_facts(plan)
    headers = {"Content-Disposition": f'inline; filename="{plan_id}.pdf"'}
    return Response(pdf.agreement(facts), content_type="application/pdf", headers=headers)
