"""What the customer gets in hand: a card receipt by mail, page and paper; a declined slip; a refund's; a text."""

from __future__ import annotations

import requests

from server.cli.story.players import DECLINED_CARD, VISA, Json, Players, line, new, until

READS_ENGLISH = "378282246310005"


def paid_by_card(street: Players, name: str) -> tuple[Json, Json, str]:
    """An invoice, its payment by card, and the customer's e-mail address."""
    invoice = street.do_job(name, "Prise", [line("Prise", "1", 12000, "none")])
    payment = street.collect(invoice, "card_reader", 12000)
    street.present(VISA)
    street.payment(payment["payment_id"], "succeeded")
    return invoice, payment, street.addresses[-1]


def test_a_card_receipt_arrives_by_mail_and_stands_on_a_page_and_on_paper(street: Players) -> None:
    _, payment, address = paid_by_card(street, "Ève Roy")
    receipt = street.phone("GET", f"/payments/{payment['payment_id']}/receipt")
    assert (receipt["kind"], receipt["total_minor"], receipt["language"]) == ("payment", 12000, "fr")
    assert receipt["card"]["last4"] == "4242"
    for field in ("application_preferred_name", "dedicated_file_name", "account_type", "authorization_code"):
        assert receipt["card"]["emv"][field]
    aid = receipt["card"]["emv"]["dedicated_file_name"]
    mails = until(lambda: street.mails(address), lambda got: len(got) == 2, "the receipt")
    assert receipt["url"] in mails[1]["text"]
    assert aid in mails[1]["text"]
    [file] = mails[1]["attachments"]
    attached = requests.get(f"{street.world['mail']}{file['url']}", timeout=30).content
    page = requests.get(receipt["url"], timeout=30)
    assert aid in page.text
    assert page.headers["Cache-Control"] == "no-store"
    path = f"/payments/{payment['payment_id']}/receipt.pdf"
    sheet = street.send("GET", path, None, street.phone_token).content
    assert sheet == attached, "what was sent is what is shown, to the byte"
    strip = street.send("GET", f"{path}?paper=80mm", None, street.phone_token)
    assert strip.content.startswith(b"%PDF")
    assert strip.content == requests.get(f"{receipt['url']}/receipt.pdf?paper=80mm", timeout=30).content


def test_a_declined_card_leaves_a_slip_that_says_no_money_was_taken(street: Players) -> None:
    invoice = street.do_job("Léo Roy", "Prise", [line("Prise", "1", 12000, "none")])
    payment = street.collect(invoice, "card_reader", 12000)
    street.present(DECLINED_CARD)
    street.payment(payment["payment_id"], "failed")
    slip = street.phone("GET", f"/payments/{payment['payment_id']}/receipt")
    assert (slip["kind"], slip["balance_minor"], slip["sendings"]) == ("declined", 12000, [])
    assert "rien n’a été prélevé" in requests.get(slip["url"], timeout=30).text
    sending = {"channel": "email", "to": street.addresses[-1]}
    street.phone("POST", f"/payments/{payment['payment_id']}/receipt/sendings", sending, status=201)
    mails = until(lambda: street.mails(street.addresses[-1]), lambda got: len(got) == 2, "the slip")
    assert mails[1]["subject"].startswith("Paiement refusé")


def test_a_refund_has_a_receipt_of_its_own(street: Players) -> None:
    invoice, payment, address = paid_by_card(street, "Ida Roy")
    asked = {"refund_id": new("ref"), "amount_minor": 2000, "reason": "An hour too many"}
    street.phone("POST", f"/payments/{payment['payment_id']}/refunds", asked, status=201)
    receipt = street.phone("GET", f"/refunds/{asked['refund_id']}/receipt")
    assert (receipt["kind"], receipt["total_minor"], receipt["balance_minor"]) == ("refund", 2000, 2000)
    assert [(part["amount_minor"], part["is_refund"]) for part in receipt["split"]] == [(12000, False), (2000, True)]
    mails = until(lambda: street.mails(address), lambda got: len(got) == 3, "the refund's receipt")
    assert receipt["url"] in mails[2]["text"]
    page = requests.get(street.invoice(invoice)["pay_url"], timeout=30).text
    assert receipt["url"] in page
    for path, kind in (("receipt/qr.svg", "image/svg+xml"), ("receipt.pdf?paper=80mm", "application/pdf")):
        shown = street.send("GET", f"/refunds/{asked['refund_id']}/{path}", None, street.phone_token)
        assert (shown.status_code, shown.headers["Content-Type"].split(";")[0]) == (200, kind)


def test_the_card_chooses_the_language_where_nobody_knows_the_customers(street: Players) -> None:
    site = {"line1": "8, rue du Roi", "city": "Lévis", "region": "QC", "postal_code": "G6V 3P5", "country": "CA"}
    customer: Json = {"customer_id": new("cus"), "name": "Joe Roe", "email": "joe@example.com", "addresses": [site]}
    street.office("POST", "/customers", customer, status=201)
    invoice = street.do_another(customer["customer_id"], "Prise", [line("Prise", "1", 12000, "none")])
    street.collect(invoice, "cash", 2000)
    payment = street.collect(invoice, "card_reader", 10000)
    street.present(READS_ENGLISH)
    street.payment(payment["payment_id"], "succeeded")
    receipt = street.phone("GET", f"/payments/{payment['payment_id']}/receipt")
    assert (receipt["language"], receipt["card"]["last4"]) == ("en", READS_ENGLISH[-4:])
    assert [(part["method"], part["amount_minor"]) for part in receipt["split"]] == [
        ("cash", 2000),
        ("card_reader", 10000),
    ]
    assert receipt["place"] == "Lévis, QC"
    page = requests.get(receipt["url"], timeout=30).text
    assert ("Total" in page, READS_ENGLISH in page, "Lévis" in page) == (True, False, True)
    code = street.send("GET", f"/payments/{payment['payment_id']}/receipt/qr.svg", None, street.phone_token)
    assert (code.status_code, code.headers["Content-Type"].split(";")[0]) == (200, "image/svg+xml")


def test_a_receipt_goes_out_as_a_text_once_for_two_taps(street: Players) -> None:
    _, payment, _ = paid_by_card(street, "Guy Roy")
    sendings = f"/payments/{payment['payment_id']}/receipt/sendings"
    for _ in range(2):
        sent = street.phone("POST", sendings, {"channel": "text", "to": "418 555 0177"}, status=201)
        assert sent["to"] == "+14185550177"
    [text] = until(lambda: street.texts("+14185550177"), bool, "the text")
    assert "120,00 $" in text["text"]
    url = text["text"].split()[-1]
    assert requests.get(url, timeout=30).status_code == 200
    refused = street.send("POST", sendings, {"channel": "text", "to": "12"}, street.phone_token)
    assert (refused.status_code, refused.json()["code"]) == (422, "phone_invalid")
    nowhere = street.send("POST", sendings, {"channel": "text"}, street.phone_token)
    assert (nowhere.status_code, nowhere.json()["code"]) == (422, "address_missing")
