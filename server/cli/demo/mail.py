"""A mail catcher: an SMTP server that delivers to a folder, and a page to read what arrived."""

import asyncio
import email
import email.policy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Blueprint, Response, abort, jsonify, render_template_string

from server.core import clock, look

_PAGE = Path(__file__).with_name("mail.html").read_text()
_TOKENS = Path(look.__file__).with_name("tokens.css").read_text()


class Mailbox:
    """A folder of `.eml` files, numbered as they arrive, so that a restart keeps them."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self.folder = folder
        self._heads: dict[int, dict[str, Any]] = {}
        self.last = max(self._numbers(), default=0)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd calls it so
        """Keep a message, as aiosmtpd hands it over."""
        content = envelope.content if isinstance(envelope.content, bytes) else str(envelope.content or "").encode()
        self.last += 1
        path = self.folder / f"{self.last}.eml"
        unfinished = path.with_suffix(".new")
        unfinished.write_bytes(f"X-Received-At: {clock.now().isoformat()}\r\n".encode() + content)
        unfinished.rename(path)
        return "250 OK"

    def read(self, number: int) -> EmailMessage | None:
        """Return a message, or None."""
        try:
            return self._parse(number)
        except FileNotFoundError:
            return None

    def heads(self) -> list[dict[str, Any]]:
        """Return who wrote to whom, about what and when, newest first. None changes: each is read for this once."""
        numbers = sorted(self._numbers(), reverse=True)
        for number in numbers:
            if number not in self._heads:
                self._heads[number] = _head(number, self._parse(number))
        return [self._heads[number] for number in numbers]

    def _numbers(self) -> list[int]:
        return [int(path.stem) for path in self.folder.glob("*.eml")]

    def _parse(self, number: int) -> EmailMessage:
        return email.message_from_bytes((self.folder / f"{number}.eml").read_bytes(), policy=email.policy.default)


def pages(mailbox: Mailbox) -> Blueprint:
    """The page for people, and the same as JSON: `/messages`, `/messages/<id>`, `/messages/<id>/attachments/<n>`."""
    blueprint = Blueprint("mail", __name__)

    def message(number: int) -> EmailMessage:
        return mailbox.read(number) or abort(404)

    @blueprint.get("/")
    def list_for_people() -> str:
        return render_template_string(_PAGE, tokens=_TOKENS, mails=mailbox.heads())

    @blueprint.get("/messages/<int:number>/view")
    def show_to_people(number: int) -> str:
        return render_template_string(_PAGE, tokens=_TOKENS, mail=_whole(number, message(number)))

    @blueprint.get("/messages")
    def list_messages() -> Response:
        return jsonify(items=mailbox.heads())

    @blueprint.get("/messages/<int:number>")
    def show_message(number: int) -> Response:
        return jsonify(_whole(number, message(number)))

    @blueprint.get("/messages/<int:number>/attachments/<int:index>")
    def attachment(number: int, index: int) -> Response:
        files = list(message(number).iter_attachments())
        if index >= len(files):
            abort(404)
        return Response(files[index].get_payload(decode=True), mimetype=files[index].get_content_type())

    return blueprint


def _head(number: int, message: EmailMessage) -> dict[str, Any]:
    return {
        "id": number,
        "from": str(message["From"]),
        "to": str(message["To"]),
        "subject": str(message["Subject"]),
        "received_at": str(message["X-Received-At"]),
    }


def _whole(number: int, message: EmailMessage) -> dict[str, Any]:
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    return {
        **_head(number, message),
        "text": text.get_content() if text else None,
        "html": html.get_content() if html else None,
        "language": message["Content-Language"],
        "attachments": [
            {
                "filename": file.get_filename(),
                "content_type": file.get_content_type(),
                "url": f"/messages/{number}/attachments/{index}",
            }
            for index, file in enumerate(message.iter_attachments())
        ],
    }


@contextmanager
def smtp(mailbox: Mailbox) -> Iterator[int]:
    """Take mail in a thread, on a free port of 127.0.0.1, which is yielded."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        loop.create_server(lambda: SMTP(mailbox, enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0)
    )
    thread = threading.Thread(target=loop.run_forever, name="smtp", daemon=True)
    thread.start()
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
