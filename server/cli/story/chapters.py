"""What happens in the story, and what must be true after each step."""

import re

import requests

from server.cli.story.players import (
    DECLINED_CARD,
    PATIENCE_SECONDS,
    VISA,
    Differed,
    Json,
    Players,
    dollars,
    expect,
    line,
    understood,
    until,
)


def pair_phone(story: Players) -> None:
    """The technician pairs a phone."""
    code = {"code": story.world["technician"]["pairing_code"], "name": "Téléphone de la camionnette"}
    paired = understood(story.send("POST", "/devices/pair", code, token=""), 201)
    story.phone_token = paired["token"]
    me = story.phone("GET", "/me")
    expect(me["technician"]["technician_id"], story.world["technician"]["id"], "whose phone it is")
    story.say(f"   {me['technician']['name']} works for {me['business_name']}")


def cash_and_reader(story: Players) -> None:
    """A signed job, part in cash, a declined card, the same payment approved."""
    tax = quebec_tax(story)
    lines = [line("Remplacer un disjoncteur", "2.5", 9500, tax), line("Disjoncteur 20 A", "1", 4875, tax)]
    invoice = story.do_job("Marie-Ève Gagnon", "Disjoncteur qui saute", lines)
    expect([(each["amount_minor"]) for each in invoice["taxes"]], [1431, 2855], "TPS and TVQ")
    expect(invoice["total_minor"], 32911, "the total")
    taxes = ", ".join(f"{each['name']} {dollars(each['amount_minor'])}" for each in invoice["taxes"])
    story.say(f"   contract signed, job done, invoice {invoice['number']}: {dollars(invoice['total_minor'])} ({taxes})")
    cash = story.collect(invoice, "cash", 10000)
    expect((cash["status"], story.invoice(invoice)["balance_minor"]), ("succeeded", 22911), "after the cash")
    story.say(f"   cash $100.00, {dollars(22911)} left")
    declined = story.collect(invoice, "card_reader", 22911)
    story.payment(declined["payment_id"], "waiting")
    story.present(DECLINED_CARD)
    failure = story.payment(declined["payment_id"], "failed")["failure"]
    story.say(f"   card {dollars(22911)}: {failure['message']} {failure['what_to_do']}")
    approved = story.collect(invoice, "card_reader", 22911)
    story.payment(approved["payment_id"], "waiting")
    story.present(VISA)
    story.payment(approved["payment_id"], "succeeded")
    story.must_be_paid(invoice)
    expect(len(intents(story, 22911)), 1, "how many PaymentIntents Stripe made for it")
    story.say(f"   card {dollars(22911)}: approved, with the same PaymentIntent")
    receipts = until(
        lambda: [mail for mail in story.mails(story.addresses[-1]) if "reçu" in mail["subject"].lower()],
        lambda found: len(found) == 2,
        "the two receipts in French",
    )
    story.say(f"   receipts by e-mail: {receipts[0]['subject']} · {receipts[1]['subject']}")


def quebec_tax(story: Players) -> str:
    """Return the code under which TPS and TVQ are charged."""
    for code in story.office("GET", "/tax_codes")["items"]:
        if len(code["rates"]) == 2:
            return str(code["tax_code"])
    raise Differed("no tax code bears two taxes")


def intents(story: Players, amount_minor: int) -> set[str]:
    """Return the PaymentIntents Stripe was asked to make for an amount."""
    journal = requests.get(f"{story.world['sandbox']}/_sandbox/journal", timeout=PATIENCE_SECONDS).json()["items"]
    return {
        call["response_id"]
        for call in journal
        if (call["method"], call["path"]) == ("POST", "/v1/payment_intents")
        and call["params"].get("amount") in (amount_minor, str(amount_minor))
    }


def page_then_reader(story: Players) -> None:
    """The customer scans the QR code, and the technician tries the reader while the page is open."""
    invoice = story.do_job(
        "Luc Bouchard", "Chauffe-eau", [line("Chauffe-eau 40 gallons", "1", 89900, quebec_tax(story))]
    )
    total_minor, before_minor = invoice["total_minor"], story.captured_minor()
    story.say(f"   invoice {invoice['number']}: {dollars(total_minor)}")
    _, session_id = story.open_checkout(invoice["pay_url"])
    tried = story.attempt(invoice, "card_reader", total_minor)
    if tried.ok:
        expect(story.press_checkout(session_id, "pay").ok, False, "whether an overtaken page may still be paid")
        story.say("   the reader takes over: the page that was open can no longer be paid")
        story.give_up(tried.json()["payment_id"])
        _, session_id = story.open_checkout(invoice["pay_url"])
        story.say("   the technician gives the reader up, and the customer opens the page again")
    else:
        story.say(f"   the reader is refused: {tried.json()['detail']}")
    expect(story.press_checkout(session_id, "pay").ok, True, "whether the page can be paid")
    story.must_be_paid(invoice)
    story.say(f"   the page is paid: {dollars(total_minor)}, once")
    again = story.attempt(invoice, "card_reader", total_minor)
    expect(again.status_code in (409, 422), True, f"whether a paid invoice refuses a card ({again.status_code})")
    expect(story.captured_minor() - before_minor, total_minor, "what Stripe captured for it")


def reader_then_page(story: Players) -> None:
    """The reader waits for a card, and the customer opens the page."""
    invoice = story.do_job("Anne Roy", "Robinet", [line("Robinet de cuisine", "1", 23500, quebec_tax(story))])
    total_minor, before_minor = invoice["total_minor"], story.captured_minor()
    waiting = story.collect(invoice, "card_reader", total_minor)
    story.payment(waiting["payment_id"], "waiting")
    status, session_id = story.open_checkout(invoice["pay_url"])
    if session_id:
        raise Differed(f"the page opened a second way to pay ({status}) while the reader waits")
    story.say("   the page says that a card payment is under way, and opens no second one")
    story.present(VISA)
    story.payment(waiting["payment_id"], "succeeded")
    story.must_be_paid(invoice)
    expect(story.captured_minor() - before_minor, total_minor, "what Stripe captured for it")
    story.say(f"   the card pays {dollars(total_minor)}, once")


def lost_answer(story: Players) -> None:
    """Stripe's answer is lost after the card was charged."""
    invoice = story.do_job("Jean Côté", "Prise extérieure", [line("Prise extérieure", "2", 18250, quebec_tax(story))])
    total_minor, before_minor = invoice["total_minor"], story.captured_minor()
    retried = 3  # the SDK asks again by itself
    lost = {"kind": "drop_after", "method": "POST", "path": "*/process_payment_intent", "times": retried}
    story.sandbox("faults", [lost, {"kind": "webhook_lost", "event": "*", "times": 50}])
    payment = story.collect(invoice, "card_reader", total_minor)
    expect(payment["status"], "unknown", "a payment whose answer was lost")
    story.present(VISA)
    expect(story.captured_minor() - before_minor, total_minor, "what Stripe captured meanwhile")
    second = story.attempt(invoice, "card_reader", total_minor)
    expect(second.status_code in (409, 422), True, f"whether a second attempt is refused ({second.status_code})")
    story.say(f"   {dollars(total_minor)} shown as unknown; a second attempt is refused: {second.json()['detail']}")
    story.forget_faults()
    story.wait(seconds=120)
    story.payment(payment["payment_id"], "succeeded")
    story.must_be_paid(invoice)
    expect(story.captured_minor() - before_minor, total_minor, "what Stripe captured for it")
    story.say("   resolved by itself, counted once")


def chased(story: Players) -> None:
    """An invoice is left unpaid."""
    invoice = story.do_job("Sylvie Lavoie", "Détecteur de fumée", [line("Détecteur", "3", 6900, quebec_tax(story))])
    customer, address = invoice["customer_id"], story.addresses[-1]
    story.say(f"   invoice {invoice['number']}: {dollars(invoice['total_minor'])}, due on {invoice['due_on']}")
    until(lambda: story.mails(address), lambda mails: len(mails) == 1, "the invoice by e-mail")
    days = 0
    while not (cases := story.cases(customer)) or len(story.mails(address)) < 2:
        if days > 90:
            raise Differed(f"no reminder in {days} days (cases: {cases})")
        story.wait(days=5)
        days += 5
    reminder = story.mails(address)[-1]
    story.say(f"   {days} days later the case is {cases[0]['status']}; one reminder: {reminder['subject']}")
    found = re.search(r"http://\S+/p/[\w.-]+", reminder["text"])
    if not found:
        raise Differed(f"the reminder has no link: {reminder['text']}")
    _, session_id = story.open_checkout(found[0])
    expect(story.press_checkout(session_id, "pay").ok, True, "whether the page of the reminder can be paid")
    story.must_be_paid(invoice)
    story.wait(days=1)
    until(lambda: story.cases(customer)[0]["status"], lambda status: status == "closed", "the case to close")
    until(lambda: story.mails(address), lambda mails: len(mails) == 3, "the receipt")
    story.wait(days=30)
    expect(len(story.mails(address)), 3, "how many e-mails the customer got (invoice, reminder, receipt)")
    story.say("   paid from its link; the case is closed, nothing more was sent")


def books(story: Players) -> None:
    """The books agree."""
    payments: list[Json] = []
    cursor: str | None = ""
    while cursor is not None:
        page = story.office("GET", f"/payments?status=succeeded&limit=100{cursor and f'&cursor={cursor}'}")
        payments += page["items"]
        cursor = page["next_cursor"]
    by_card = sum(
        each["amount_minor"] for each in payments if each["method"] in ("card_reader", "mobile_reader", "pay_link")
    )
    expect(story.captured_minor(), by_card, "what Stripe captured, against our payments")
    story.say(f"   captured by Stripe {dollars(by_card)} = in the books {dollars(by_card)}")
