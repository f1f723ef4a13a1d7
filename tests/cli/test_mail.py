"""The mail catcher takes real SMTP, shows what arrived, and keeps it."""

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.cli.demo import mail


@pytest.fixture
def mailbox(tmp_path: Path) -> mail.Mailbox:
    return mail.Mailbox(tmp_path / "mail")


@pytest.fixture
def smtp_port(mailbox: mail.Mailbox) -> Iterator[int]:
    with mail.smtp(mailbox) as port:
        yield port


@pytest.fixture
def reader(mailbox: mail.Mailbox) -> FlaskClient:
    app = Flask("reader")
    app.register_blueprint(mail.pages(mailbox))
    return app.test_client()


def send(port: int, subject: str = "Votre reçu — 120,00 $") -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "bureau@example.com", "zoé@exemple.ca", subject
    message.set_content("Merci, Zoé.")
    message.add_alternative("<p>Merci, <b>Zoé</b>.</p>", subtype="html")
    message.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="reçu.pdf")
    with smtplib.SMTP("127.0.0.1", port) as server:
        server.send_message(message)


def test_a_message_shows_its_text_html_and_files_as_they_were_sent(smtp_port: int, reader: FlaskClient) -> None:
    send(smtp_port)

    [head] = reader.get("/messages").get_json()["items"]
    assert (head["to"], head["subject"]) == ("zoé@exemple.ca", "Votre reçu — 120,00 $")
    whole = reader.get(f"/messages/{head['id']}").get_json()
    assert whole["text"].strip() == "Merci, Zoé."
    assert "<b>Zoé</b>" in whole["html"]
    [file] = whole["attachments"]
    assert file["filename"] == "reçu.pdf"
    assert reader.get(file["url"]).data == b"%PDF-1.7"


def test_messages_outlive_a_restart_and_numbers_go_on(smtp_port: int, mailbox: mail.Mailbox) -> None:
    send(smtp_port, "one")
    again = mail.Mailbox(mailbox.folder)
    with mail.smtp(again) as port:
        send(port, "two")

    assert [head["subject"] for head in again.heads()] == ["two", "one"]


def test_people_read_the_same_and_a_message_cannot_act_on_the_page(smtp_port: int, reader: FlaskClient) -> None:
    send(smtp_port, "<script>alert(1)</script>")

    assert "<script>" not in reader.get("/").text
    page = reader.get("/messages/1/view").text
    assert "<script>" not in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page


def test_what_is_not_there_is_404(reader: FlaskClient) -> None:
    assert reader.get("/messages").get_json() == {"items": []}
    assert reader.get("/messages/7").status_code == 404
    assert reader.get("/messages/7/attachments/0").status_code == 404
