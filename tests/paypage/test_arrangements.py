"""A customer who is late says when they pay, asks for parts, or says what is wrong: on their page, without script."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from server.core import clock
from server.core.database import transaction
from server.dunning import operations, queries
from server.dunning.rules import PlanStatus
from server.invoices.models import Invoice
from tests import quebec
from tests.paypage.conftest import Customer
from tests.shop import Shop


def hidden(page: str, name: str) -> str:
    """What a form of the page carries unseen."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, page
    return found[1]


def send(customer: Customer, path: str, form: str, **said: str) -> TestResponse:
    """Fill in a form of the page as it is now."""
    page = customer.look(path)
    unseen = {name: hidden(page, name) for name in ("currency", "promises", "plans") if f'name="{name}"' in page}
    return customer.client.post(f"{path}/{form}", data={**unseen, **said})


def day(number: int) -> str:
    """A day from today on, as a date field sends it."""
    with transaction() as session:
        return (queries.today_of(session, now=clock.now()) + timedelta(days=number)).isoformat()


@pytest.fixture
def late(shop: Shop) -> Invoice:
    """An invoice that is past due, and its case."""
    with transaction() as session:
        quebec.start_chasing(session)
    invoice = shop.invoice()
    shop.pass_time(days=32)
    with transaction() as session:
        operations.plan(session, today=queries.today_of(session, now=clock.now()), now=clock.now())
    return invoice


def test_a_date_is_promised_once_and_within_the_limits(customer: Customer, late: Invoice) -> None:
    path = customer.link(late)
    assert send(customer, path, "promises", due_on=day(15)).status_code == 422
    assert send(customer, path, "promises", due_on="soon").status_code == 422
    page = customer.look(path)
    said = {"currency": "CAD", "promises": hidden(page, "promises"), "due_on": day(14)}
    assert [customer.client.post(f"{path}/promises", data=said).status_code for _ in range(2)] == [303, 303]
    shown = customer.look(path)
    assert "You promised to pay $218.45" in shown
    assert 'name="due_on"' not in shown
    assert len(customer.shop.written("arrangement")) == 1


def test_what_is_wrong_is_taken_down_and_shown(customer: Customer, late: Invoice) -> None:
    path = customer.link(late)
    assert send(customer, path, "disputes", reason="price", said=" ").status_code == 422
    assert send(customer, path, "disputes", reason="price", said="Too much", disputed="999").status_code == 422
    assert send(customer, path, "disputes", reason="price", said="Too much", disputed="18,45").status_code == 303
    assert "Until we answer, $18.45 of it is not asked for" in customer.look(path)
    assert "Quelque chose ne va pas" not in customer.look(path, "lang=fr")


def test_what_is_objected_to_in_full_is_not_asked_for_and_may_be_paid_all_the_same(
    customer: Customer, late: Invoice
) -> None:
    path, everything = customer.link(late), customer.link_to_everything()
    assert send(customer, path, "disputes", reason="not_done", said="Nothing works").status_code == 303
    page = customer.look(path, "lang=en")
    assert page.index("nothing is asked of you for this invoice") < page.index("<summary>Pay it all the same")
    assert page.index("<summary>Pay it all the same") < page.index("Pay $218.45")
    assert "Was due on" not in page
    other = customer.shop.invoice()
    boxes = re.findall(r'type="checkbox" name="invoice_id" value="(\w+)"[^>]*?( checked)?>', customer.look(everything))
    assert set(boxes) == {(late.id, ""), (other.id, " checked")}
    customer.do("pay", customer.press_pay(path))
    assert "Paid. Thank you!" in customer.look(path, "from=checkout")


def test_parts_are_asked_for_offered_and_signed_on_the_page(customer: Customer, late: Invoice) -> None:
    path = customer.link_to_everything()
    assert send(customer, path, "payment_plans", count="9", every="month", first_on=day(7)).status_code == 422
    asked = send(customer, path, "payment_plans", count="3", every="two_weeks", first_on=day(7))
    assert asked.status_code == 303
    assert "We got your request" in customer.look(path)
    with transaction() as session:
        (plan,) = queries.list_live_plans(session)
        operations.offer_plan(session, plan_id=plan.id, now=clock.now())
    agreement = f"{path}/agreements/{plan.id}"
    page = customer.look(agreement)
    signature = {"document_sha256": hidden(page, "document_sha256"), "signer_name": "Marie Tremblay"}
    assert customer.client.post(agreement, data=signature).status_code == 422
    assert customer.client.post(agreement, data={**signature, "agreed": "on"}).status_code == 303
    assert "Signed by Marie Tremblay" in customer.look(agreement)
    assert customer.client.get(f"{agreement}.pdf").data.startswith(b"%PDF")
    with transaction() as session:
        assert queries.get_payment_plan(session, plan.id).status is PlanStatus.ACTIVE


def test_a_forwarded_link_of_one_invoice_tells_nothing_of_the_others(customer: Customer, late: Invoice) -> None:
    other = customer.shop.invoice()
    everything = customer.link_to_everything()
    send(customer, everything, "payment_plans", count="2", every="week", first_on=day(3))
    with transaction() as session:
        (plan,) = queries.list_live_plans(session)
        operations.offer_plan(session, plan_id=plan.id, now=clock.now())
    assert set(plan.owed) == {late.id, other.id}
    assert "Read and sign" in customer.look(everything)
    assert "Read and sign" not in customer.look(customer.link(late))
    customer.look(f"{customer.link(late)}/agreements/{plan.id}", status=404)


def test_before_an_invoice_is_late_what_is_wrong_can_be_said_and_nothing_else_is_offered(
    customer: Customer, shop: Shop
) -> None:
    path = customer.link(shop.invoice())
    page = customer.look(path)
    assert "Something is wrong" in page
    assert "I pay on another day" not in page
    assert customer.client.post(f"{path}/promises", data={"currency": "CAD", "due_on": day(3)}).status_code == 409
