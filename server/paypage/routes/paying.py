"""The customer's page over HTTP. The token in the address is the whole permission: no cookie says who somebody is."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from marshmallow import ValidationError
from werkzeug.wrappers import Response as Redirect

from schemas.customers import AcceptEbilling
from server.access.rules import public
from server.core import clock, config, ids, money, numbers, pages, words
from server.core.database import transaction
from server.core.errors import Problem
from server.core.words import msgid as _
from server.customers import operations as customers
from server.documents.pdf import Paper
from server.dunning import operations as dunning
from server.dunning import rules as dunning_rules
from server.dunning.rules.texts import QUESTIONS
from server.gateway import amounts
from server.invoices import operations as invoices
from server.invoices import rules as invoice_rules
from server.payments import flows
from server.payments import operations as payment_operations
from server.payments import queries as payments
from server.payments.models import Payment
from server.payments.rules import GIVEN_UP, OPEN, Channel, Consent, Method, Status
from server.paypage import queries, rules
from server.paypage.queries import Bill, Opened
from server.receipts import operations as receipts
from server.receipts import queries as receipt_queries
from server.receipts import rules as receipt_rules

blueprint = Blueprint("paypage", "server.paypage", url_prefix="/p", template_folder="templates")
BECAUSE = "the token is known to the customer alone, and opens what they owe and nothing else"
receipt_pages = Blueprint("receipt_page", "server.paypage", url_prefix="/r", template_folder="templates")
BECAUSE_OF_RECEIPT = "the token is known to whoever holds the receipt, and opens it and nothing else"
STRIPE_CHECKOUT = "https://checkout.stripe.com"


@blueprint.get("/<token>")
@public(BECAUSE)
def show(token: str) -> Response:
    """Show what is owed, for what, to whom, and let it be paid."""
    is_back = request.args.get("from") == "checkout"
    if is_back:
        _ask(token)
    return page(token, is_back=is_back)


def _ask(token: str) -> None:
    """Learn what became of the pages that were opened, without waiting to be told."""
    with transaction() as session:
        open_pages = queries.list_open_pages(session, token)
    for payment_id in open_pages:
        flows.check(payment_id=payment_id, now=clock.now())


def page(token: str, *, is_back: bool = False, refusal: str | None = None, status: int = 200) -> Response:
    """Return the page of a link, with why something was refused where it was."""
    with transaction() as session:
        opened = queries.open_link(session, token, is_back=is_back)
        language = pages.language(opened.language)
        consent = payments.consent_of(session, language=language)
        today = clock.local_date(clock.now(), opened.business.time_zone)
        arranged = queries.arranged(session, opened, today=today)
        objections = queries.list_objections(session, opened)
    words.speak(words.locale_for(language, opened.business.country))
    asked_minor = _asked_minor(opened)
    # The form leads to Stripe's page, and browsers hold redirects of forms against this list.
    g.form_action = f" {config.current().stripe_api_base or STRIPE_CHECKOUT}"
    return make_response(
        render_template(
            "paypage/page.html",
            opened=opened,
            token=token,
            is_back=is_back,
            refusal=refusal,
            today=today,
            arranged=arranged,
            objections=objections,
            resting=queries.resting(opened, objections),
            reasons=dunning_rules.REASONS,
            asked_minor=asked_minor,
            chargeable_minor=amounts.chargeable_minor,
            consent=consent,
            questions=QUESTIONS,
            transfer_rows=lambda asked: invoice_rules.transfer_rows(asked, words.spoken()),
            transfer_qr=lambda asked: invoice_rules.transfer_svg(asked, words.spoken()),
            here=url_for("paypage.show", token=token, amount_minor=asked_minor),
        ),
        status,
    )


@blueprint.post("/<token>/checkout")
@public(BECAUSE)
def checkout(token: str) -> Redirect | Response:
    """Lead to Stripe's page for what was ticked, or a part of it; the same form sent twice leads to the same page."""
    _ask(token)
    with transaction() as session:
        opened = queries.open_link(session, token)
    bills = opened.chosen(request.form.getlist("invoice_id"))
    if not bills:
        return page(token, refusal=_("Tick at least one invoice."), status=422)
    try:
        amount_minor = _amount(bills)
    except ValueError:
        return page(token, refusal=_("This is not an amount. Write it like 85.50 or 85,50."), status=422)
    if not amount_minor:  # owed again by the time it is locked, it is not asked for: nobody was shown what
        return page(token, refusal=rules.refusal("invoice_settled"), status=409)
    sent = request.form.get("attempt", "")
    try:
        payment = _ask_for(bills, amount_minor, attempt=sent if sent.isdigit() else str(opened.attempt))
    except Problem as refused:
        return page(token, refusal=rules.refusal(refused.code), status=refused.status)
    if payment.status is Status.WAITING and payment.checkout_url:
        return redirect(payment.checkout_url, 303)
    if payment.status is Status.FAILED:
        return page(token, refusal=rules.refusal(payment.failure_code), status=502)
    return redirect(url_for("paypage.show", token=token), 303)


def _asked_minor(opened: Opened) -> int | None:
    """Return the part of a single invoice that the technician's QR code asked for, or that a card can pay, or None."""
    if len(opened.bills) != 1:
        return None
    owed_minor, currency = (opened.bills[0].invoice[name] for name in ("balance_minor", "currency"))
    asked_minor = numbers.whole(request.args.get("amount_minor", ""), most=numbers.LARGEST_BIG) or owed_minor
    part_minor = amounts.chargeable_minor(min(asked_minor, owed_minor), currency)
    return part_minor if 0 < part_minor < owed_minor else None


def _amount(bills: Sequence[Bill]) -> int:
    """Return the amount that was typed, or else all that is owed. Raises ValueError."""
    typed = request.form.get("amount", "").strip()
    owed_minor = sum(bill.invoice["balance_minor"] for bill in bills)
    amount_minor = money.typed(typed, bills[0].invoice["currency"]) if typed else owed_minor
    if typed and amount_minor <= 0:
        raise ValueError("nothing")
    return int(amount_minor)


def _ask_for(bills: Sequence[Bill], amount_minor: int, *, attempt: str) -> Payment:
    """Go on with the attempt that the form names; where that was given up, the customer asks again.

    The next is named by how many are over for these invoices, which never gets less. The number in the form does, where
    others are paid.
    """
    tried = {one.id: one.status for bill in bills for one in bill.attempts}
    over = sum(status not in OPEN for status in tried.values())
    consent = _consent(bills[0])
    for name in (attempt, f"after {over}"):
        payment_id = _payment_id(bills, amount_minor, name, keeps=consent is not None)
        if tried.get(payment_id) in GIVEN_UP:
            continue
        payment = _collect(bills, amount_minor, payment_id=payment_id, consent=consent)
        if payment.status not in GIVEN_UP or payment_id not in tried:
            return payment
    # Its page was so old that it was closed just now.
    payment_id = _payment_id(bills, amount_minor, f"after {over + 1}", keeps=consent is not None)
    return _collect(bills, amount_minor, payment_id=payment_id, consent=consent)


def _payment_id(bills: Sequence[Bill], amount_minor: int, attempt: str, *, keeps: bool) -> str:
    invoice_ids = sorted(bill.invoice["id"] for bill in bills)
    return ids.derived("pay", "paypage", *invoice_ids, attempt, str(amount_minor), *(["save"] if keeps else []))


def _collect(bills: Sequence[Bill], amount_minor: int, *, payment_id: str, consent: Consent | None) -> Payment:
    return flows.collect(
        payment_id=payment_id,
        consent=consent,
        invoice_ids=sorted(bill.invoice["id"] for bill in bills),
        method=Method.PAY_LINK,
        amount_minor=amount_minor,
        taken_by="customer",
        now=clock.now(),
    )


def _consent(bill: Bill) -> Consent | None:
    """Return what was ticked: that the card be kept, by the words that were shown."""
    text_sha256 = request.form.get("save_card")
    if not text_sha256:
        return None
    language = "fr" if request.form.get("consent_language") == "fr" else "en"
    said_by = bill.invoice["buyer"]["name"]
    return Consent(text_sha256=text_sha256, language=language, said_by=said_by, channel=Channel.PAGE)


@blueprint.post("/<token>/survey")
@public(BECAUSE)
def answer_survey(token: str) -> Redirect:
    """Keep what the customer answers to our questions; answered twice, the first answers stand."""
    now = clock.now()
    with transaction() as session:
        customer_id = queries.open_link(session, token).customer_id
        if customer_id is not None:
            dunning.answer_survey(session, customer_id=customer_id, answers=request.form, now=now)
    return redirect(url_for("paypage.show", token=token, answered=1), 303)


@blueprint.post("/<token>/ebilling")
@public(BECAUSE)
def accept_ebilling(token: str) -> Redirect | Response:
    """Let invoices come by e-mail; what the business gives for it goes off the first invoice to pay."""
    try:
        wanted = AcceptEbilling().load({"email": request.form.get("email", "").strip()})
        with transaction() as session:
            opened = queries.open_link(session, token)
            given_minor = customers.accept_ebilling(session, customer_id=opened.debtor_id, **wanted, now=clock.now())
    except ValidationError:
        return page(token, refusal=_("This is not an e-mail address."), status=422)
    except customers.EmailKnown as refused:
        return page(token, refusal=refused.sentence(), status=refused.status)
    payable = [bill.invoice for bill in opened.to_pay if bill.invoice["currency"] == opened.business.currency]
    if given_minor and payable:
        with suppress(Problem):  # what cannot be used now stays the customer's credit
            flows.apply_credit(
                customer_id=opened.debtor_id,
                application_id=ids.derived("app", "ebilling", opened.debtor_id),
                invoice_id=payable[0]["id"],
                amount_minor=min(given_minor, payable[0]["balance_minor"]),
                applied_by="customer",
                now=clock.now(),
            )
    return redirect(url_for("paypage.show", token=token), 303)


@blueprint.post("/<token>/cards/<card_id>/withdrawal")
@public(BECAUSE)
def withdraw_card(token: str, card_id: str) -> Redirect:
    """Take back the consent to keep a card."""
    with transaction() as session:
        if card_id not in {card.id for card in queries.open_link(session, token).saved}:
            raise payments.NoSuchSavedCard
        payment_operations.withdraw_card(session, card_id=card_id, withdrawn_by="customer", now=clock.now())
    return redirect(url_for("paypage.show", token=token), 303)


@blueprint.get("/<token>/invoice.pdf")
@public(BECAUSE)
def invoice_pdf(token: str) -> Response:
    """Send the invoice, or the one named by `invoice` among several."""
    with transaction() as session:
        bill = queries.open_link(session, token).bill(request.args.get("invoice"))
    headers = {"Content-Disposition": f'inline; filename="{bill.invoice["number"]}.pdf"'}
    return Response(invoices.render(bill.invoice), content_type="application/pdf", headers=headers)


@receipt_pages.get("/<token>")
@public(BECAUSE_OF_RECEIPT)
def show_receipt(token: str) -> str:
    """Show a receipt, in its own language or the one its reader chooses."""
    with transaction() as session:
        receipt = receipt_queries.get_by_token(session, token)
    facts = receipt_rules.read(receipt.facts)
    shown = receipt_rules.printed(facts, receipt_queries.page_url(receipt), language=pages.language(facts.language))
    words.speak(shown.locale)
    return render_template(
        "paypage/receipt.html", receipt=shown, token=token, here=url_for("receipt_page.show_receipt", token=token)
    )


@receipt_pages.get("/<token>/receipt.pdf")
@public(BECAUSE_OF_RECEIPT)
def receipt_pdf(token: str) -> Response:
    """Send a receipt as a PDF: on a sheet, or on the `paper` asked for."""
    with transaction() as session:
        receipt = receipt_queries.get_by_token(session, token)
    wanted = request.args.get("paper")
    paper = Paper(wanted) if wanted in set(Paper) else None
    own = receipt_rules.read(receipt.facts).language
    headers = {"Content-Disposition": f'inline; filename="{receipt.number}.pdf"'}
    content = receipts.render(receipt, paper, language=pages.language(own))
    return Response(content, content_type="application/pdf", headers=headers)
