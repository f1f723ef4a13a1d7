"""The bank at the desk: a statement taken in, its lines decided, accounts set by the owner."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from server.access.models import Staff
from server.business import operations as business
from server.core import clock
from server.core.database import transaction
from server.ledger.rules import Kind
from server.payments.rules import Method
from tests.office.conftest import EMAIL, Desk, hidden
from tests.office.test_two_people import questions
from tests.shop import Shop
from tests.statements.files import ACCOUNT, camt, entry

PAGE = "/bank"
EURO = {"currency": "eur", "holder": "Roy", "iban": "FR76 3000 6000 0112 3456 7890 189"}


@pytest.fixture
def bank(desk: Desk) -> Desk:
    """The desk of a business with an account in dollars."""
    with transaction() as session:
        business.set_bank_account(session, currency="CAD", holder="Roy", routing="815-30000", account_number=ACCOUNT)
    return desk


def send(desk: Desk, content: str) -> TestResponse:
    return desk.post("/bank/statements", {"file": (io.BytesIO(content.encode()), "statement.xml")}, on=PAGE)


def test_a_statement_is_taken_in_and_a_proposal_accepted_with_one_press(bank: Desk, shop: Shop) -> None:
    invoice, other = shop.invoice(), shop.invoice()
    said = [
        entry("218.45", text=f"Facture {invoice.number}", bank_reference="B1"),
        entry("10.00", text=f"Acompte {other.number}", bank_reference="B2", name="Paul"),
    ]
    sent = send(bank, camt(said, closing="328.45"))
    assert sent.status_code == 303
    page = bank.get(sent.headers["Location"].removeprefix("/office"))
    for told in ("2 new lines: 1 settled, 1 to decide.", "Acompte", f"It pays {other.number}", "At the bank $328.45"):
        assert told in page, told
    line_id = page.partition("/office/bank/lines/")[2].partition("/")[0]
    proposed = {"invoice_ids": hidden(page, "invoice_ids")}
    assert bank.post(f"/bank/lines/{line_id}/assignment", proposed, on=PAGE).status_code == 303
    assert (shop.status(invoice), shop.balance(other)) == ("paid", Shop.TOTAL - 1000)
    assert "Nothing to decide" in bank.get(PAGE)
    assert "0 new lines" in bank.get(
        send(bank, camt(said, closing="328.45")).headers["Location"].removeprefix("/office")
    )


def test_a_line_is_counted_by_number_held_or_left_alone(bank: Desk, shop: Shop) -> None:
    first, second = shop.invoice(), shop.invoice()
    send(bank, camt([entry(f"{amount}.00", bank_reference=f"B{amount}") for amount in (400, 5, 6)]))
    page = bank.get(PAGE)
    ids = {part.partition("/")[0] for part in page.split("/office/bank/lines/")[1:]}
    with_amount = {each: page.partition(f'id="{each}"')[2].partition("</p>")[0] for each in ids}
    whole = next(each for each, head in with_amount.items() if "$400.00" in head)
    held, alone = sorted(ids - {whole})
    wrong = bank.post(f"/bank/lines/{whole}/assignment", {"numbers": "F-9"}, on=PAGE)
    assert (wrong.status_code, "There is no such invoice." in wrong.text) == (404, True)
    numbers = f"{first.number}, {second.number.lower()}"
    assert bank.post(f"/bank/lines/{whole}/assignment", {"numbers": numbers}, on=PAGE).status_code == 303
    assert shop.balance(first) + shop.balance(second) == 2 * Shop.TOTAL - 40000
    assert bank.post(f"/bank/lines/{held}/credit", {"customer_id": "cus_1"}, on=PAGE).status_code == 303
    assert bank.post(f"/bank/lines/{alone}/dismissal", {"reason": " "}, on=PAGE).status_code == 422
    assert bank.post(f"/bank/lines/{alone}/dismissal", {"reason": "Payout"}, on=PAGE).status_code == 303
    assert "Payout" in bank.get(PAGE)
    assert shop.books(Kind.CUSTOMER_CREDIT) in (500, 600)


def test_two_transfers_of_a_day_and_an_amount_are_told_apart(bank: Desk, shop: Shop) -> None:
    first, second = shop.invoice(), shop.invoice()
    for number, (invoice, reference) in enumerate([(first, "Seen on their phone"), (second, None)]):
        shop.collect(invoice, f"pay_{number}", method=Method.BANK_TRANSFER, amount_minor=10000, reference=reference)
        shop.pass_time(minutes=7)
    send(bank, camt([entry("100.00", day=clock.local_date(shop.now(), "America/Toronto"), bank_reference="B1")]))
    page = bank.get(PAGE)
    buttons = [
        button.partition("</button>")[0] for button in page.split('<button class="button">') if "recorded" in button
    ]
    one, other = (button for button in buttons if "In the books already" in button)
    assert f"10:00\u202fam for {first.number} of Marie Tremblay, reference Seen on their phone" in one
    assert f"10:07\u202fam for {second.number} of Marie Tremblay" in other
    assert "reference" not in other


def test_many_recorded_transfers_take_no_more_questions_than_one(bank: Desk, shop: Shop) -> None:
    def record(number: int) -> None:
        invoice = shop.invoice()
        shop.collect(invoice, f"pay_{number}", method=Method.BANK_TRANSFER, amount_minor=Shop.TOTAL, reference=None)

    record(0)
    send(bank, camt([entry("218.45", day=clock.local_date(shop.now(), "America/Toronto"), bank_reference="B1")]))
    few = questions(bank, PAGE)
    for number in range(1, 4):
        record(number)
    assert questions(bank, PAGE) == few


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("nothing", "This file is no bank statement that can be read"),
        (camt([entry("5.00")], closing="1.00"), "This statement does not add up"),
    ],
)
def test_a_file_that_cannot_be_taken_in_says_why(bank: Desk, content: str, sentence: str) -> None:
    refused = send(bank, content)
    assert (refused.status_code, sentence in refused.text) == (422, True)


def test_only_the_owner_says_where_transfers_go(bank: Desk) -> None:
    assert bank.post("/bank/accounts", EURO, on=PAGE).status_code == 403
    with transaction() as session:
        session.scalars(select(Staff).where(Staff.email == EMAIL)).one().role = "admin"
    assert bank.post("/bank/accounts", {**EURO, "iban": "FR00"}, on=PAGE).status_code == 422
    assert bank.post("/bank/accounts", EURO, on=PAGE).status_code == 303
    assert "EUR ···· 0189" in bank.get(PAGE)
    assert bank.post("/bank/accounts", {"currency": "EUR", "remove": "1"}, on=PAGE).status_code == 303
    assert "EUR ···· 0189" not in bank.get(PAGE)


def test_a_return_that_names_nothing_is_taken_out_of_a_customers_credit(bank: Desk, shop: Shop) -> None:
    back = entry("5.00", way="DBIT", returned=True, bank_reference="B2")
    send(bank, camt([entry("5.00", bank_reference="B1"), back]))
    page = bank.get(PAGE)
    held = page.partition("Hold it for a customer")[0].rpartition("/office/bank/lines/")[2].partition("/")[0]
    form = page.partition("It was held for a customer")[0].rpartition("/office/bank/lines/")[2]
    returned, _, action = form.partition('"')[0].partition("/")
    assert (action, returned != held) == ("credit", True)
    early = bank.post(f"/bank/lines/{returned}/credit", {"customer_id": "cus_1"}, on=PAGE)
    assert (early.status_code, "more than the credit this customer has" in early.text) == (422, True)
    for line_id, told in ((held, "We hold it for the customer."), (returned, "We hold it no longer.")):
        said = bank.post(f"/bank/lines/{line_id}/credit", {"customer_id": "cus_1"}, on=PAGE)
        assert said.status_code == 303
        assert told in bank.get(PAGE)
    assert (shop.books(Kind.BANK), shop.books(Kind.CUSTOMER_CREDIT)) == (0, 0)
    assert "Nothing to decide" in bank.get(PAGE)
