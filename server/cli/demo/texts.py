"""A catcher of text messages: it answers as Twilio does, keeps what it is given, and shows it on a page."""

import json
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, render_template_string, request

from server.cli.demo.serving import serving
from server.core import clock, look

_PAGE = Path(__file__).with_name("texts.html").read_text()
_TOKENS = Path(look.__file__).with_name("tokens.css").read_text()
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_LONGEST = 1600
# Numbers that no text reaches, as Twilio's own test numbers do. Source: Twilio, "Test credentials".
_REFUSED = {
    "+15005550001": (21211, "The 'To' number is not a valid phone number."),
    # Whoever answered STOP: the service itself keeps the list.
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
}


class Texts:
    """A folder of texts, one JSON file each, numbered as they arrive, so that a restart keeps them."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self.folder = folder
        self.one_at_a_time = threading.Lock()

    def keep(self, to: str, sender: str, words: str) -> dict[str, Any]:
        """Keep a text and return it."""
        with self.one_at_a_time:
            number = max((text["id"] for text in self.list()), default=0) + 1
            kept = {"id": number, "to": to, "from": sender, "text": words, "received_at": clock.now().isoformat()}
            path = self.folder / f"{number}.json"
            path.with_suffix(".new").write_text(json.dumps(kept, ensure_ascii=False))
            path.with_suffix(".new").rename(path)
        return kept

    def list(self) -> list[dict[str, Any]]:
        """Return all texts, newest first."""
        kept = [json.loads(path.read_text()) for path in self.folder.glob("*.json")]
        return sorted(kept, key=lambda text: int(text["id"]), reverse=True)


def _application(texts: Texts) -> Flask:
    app = Flask("texts")

    @app.post("/2010-04-01/Accounts/<account>/Messages.json")
    def create(account: str) -> tuple[Response, int]:
        if request.authorization is None or request.authorization.username != account:
            return _error(401, 20003, "Authenticate")
        to, sender, words = (request.form.get(name, "") for name in ("To", "From", "Body"))
        if not _NUMBER.fullmatch(to) or to in _REFUSED:
            return _error(400, *_REFUSED.get(to, (21211, f"Invalid 'To' Phone Number: {to}")))
        if not words:
            return _error(400, 21602, "Message body is required.")
        if len(words) > _LONGEST:
            return _error(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
        texts.keep(to, sender, words)
        said = {"sid": f"SM{secrets.token_hex(16)}", "account_sid": account, "to": to, "from": sender, "body": words}
        return jsonify({**said, "status": "queued", "error_code": None, "error_message": None}), 201

    @app.get("/")
    def list_for_people() -> str:
        return render_template_string(_PAGE, tokens=_TOKENS, texts=texts.list())

    @app.get("/texts")
    def list_texts() -> Response:
        return jsonify(items=texts.list())

    return app


def _error(status: int, code: int, message: str) -> tuple[Response, int]:
    return jsonify(code=code, message=message, more_info="", status=status), status


@contextmanager
def catching(folder: Path) -> Iterator[str]:
    """Take texts in a thread, at the address that is yielded."""
    with serving(_application(Texts(folder))) as address:
        yield address
