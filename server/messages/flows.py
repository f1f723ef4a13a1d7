"""Delivering: claim the message, speak to the mail server or the texting service, write down what it said."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from functools import cache
from urllib.parse import unquote, urlsplit

from sqlalchemy.orm import Session

from server.core import config, log
from server.core.database import outside_transaction, transaction
from server.messages import operations
from server.messages.models import Message, MessageAttachment
from server.messages.rules import Channel, Status
from server.texting import twilio

_log = log.get("messages")
_SECONDS = 30
_SEVEN_BIT = SMTP.clone(cte_type="7bit")


def deliver(*, message_id: str, stands: Callable[[Session], bool] | None = None, now: datetime) -> None:
    """Send a written message, at most once: a mail through SMTP, a text through the texting service. Where it no longer
    `stands`, which is asked in the transaction in which it is taken for sending, nothing is sent.

    A refusal (of a mail: 5xx) makes it `bounced`. A temporary one (4xx), or no connection, leaves it `written` for a
    later attempt. When the connection breaks after the words began to flow, the server may have taken it: `unknown`.
    """
    with transaction() as session:
        if stands is not None and not stands(session):
            return
        message = operations.claim(session, message_id=message_id, now=now)
        if message is None:
            return
        attached = operations.draw_attachments(session, message_id)
    if message.channel == Channel.TEXT:
        outcome, error_code = _text(message)
    else:
        outcome, error_code = _send(message, _mail(message, attached))
    with transaction() as session:
        operations.record_outcome(session, message_id=message_id, outcome=outcome, error_code=error_code, now=now)
    _log.info("message_delivered", message_id=message_id, outcome=outcome, error_code=error_code)


def _text(message: Message) -> tuple[Status, str | None]:
    try:
        twilio.send(to=message.recipient or "", words=message.text)
    except twilio.Refused as refused:
        return Status.BOUNCED, refused.code
    except twilio.NotNow as later:
        return Status.WRITTEN, later.code
    except twilio.OutcomeUnknown as unknown:
        return Status.UNKNOWN, unknown.code
    return Status.SENT, None


def _mail(message: Message, attached: Sequence[MessageAttachment]) -> EmailMessage:
    """Return the mail. Its Message-ID follows from ours, so every attempt carries the same one."""
    ours = parseaddr(config.current().mail_from)[1]
    mail = EmailMessage(_SEVEN_BIT)
    mail["From"] = Address(" ".join(message.sender_name.splitlines()), addr_spec=ours)
    mail["To"] = message.recipient
    if message.reply_to:
        mail["Reply-To"] = message.reply_to
    # EmailMessage folds a long subject between two encoded words without the space that was there (Python 3.11).
    mail.set_raw("Subject", Header(" ".join(message.subject.splitlines()), header_name="Subject").encode())
    mail["Date"] = format_datetime(message.created_at)
    mail["Message-ID"] = f"<{message.id}@{ours.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    for file in attached:
        maintype, _, subtype = file.content_type.partition("/")
        mail.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=file.filename)
    mail["Content-Language"] = message.locale.replace("_", "-")
    return mail


def _send(message: Message, mail: EmailMessage) -> tuple[Status, str | None]:
    """Return what became of the mail, and the mail server's reply code or the kind of failure."""
    outside_transaction()
    try:
        server = _connect()
    except (OSError, smtplib.SMTPException) as error:
        return Status.WRITTEN, _code(error)
    try:
        return _speak(server, message.recipient or "", mail)
    finally:
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


def _connect() -> smtplib.SMTP:
    """Return a connection, encrypted where the server offers it, signed in when the address holds a user."""
    where = urlsplit(config.current().smtp_url)
    host, port = where.hostname or "", where.port or 0
    if where.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=_SECONDS, context=_checked())
    else:
        server = smtplib.SMTP(host, port, timeout=_SECONDS)
    try:
        server.ehlo()
        if where.scheme == "smtp" and server.has_extn("starttls"):
            # A relay of one's own often has a certificate of its own; only a password makes checking it a must.
            server.starttls(context=_checked() if where.username else None)
            server.ehlo()
        if where.username:
            server.login(unquote(where.username), unquote(where.password or ""))
    except BaseException:
        server.close()
        raise
    return server


@cache
def _checked() -> ssl.SSLContext:
    """Return how a certificate is checked: reading whom this machine trusts takes longer than sending a mail."""
    return ssl.create_default_context()


def _speak(server: smtplib.SMTP, recipient: str, mail: EmailMessage) -> tuple[Status, str | None]:
    """Send the mail. Up to DATA nothing can have been delivered; after it, only the reply says so."""
    try:
        reply, _ = server.mail(mail["From"].addresses[0].addr_spec)
        if reply == 250:
            reply, _ = server.rcpt(recipient)
        if reply not in (250, 251):
            return _refused(reply)
    except UnicodeEncodeError:
        return Status.BOUNCED, "address_not_ascii"
    except (OSError, smtplib.SMTPException) as error:
        return Status.WRITTEN, _code(error)
    try:
        reply, _ = server.data(mail.as_bytes())
    except smtplib.SMTPDataError as error:
        return _refused(error.smtp_code)
    except (OSError, smtplib.SMTPException) as error:
        return Status.UNKNOWN, _code(error)
    if reply == 250:
        return Status.SENT, None
    return _refused(reply) if 400 <= reply < 600 else (Status.UNKNOWN, str(reply))


def _refused(code: int) -> tuple[Status, str]:
    return (Status.BOUNCED if 500 <= code < 600 else Status.WRITTEN), str(code)


def _code(error: OSError | smtplib.SMTPException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return str(error.smtp_code)
    return type(error).__name__
