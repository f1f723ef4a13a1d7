"""A person at the desk of the demo: signed in, filling in forms."""

from __future__ import annotations

import html
import re
from typing import Any

import requests

from server.cli.story.players import Players


class Desk:
    """The office's pages as their owner uses them, without script; or as the `clerk` does."""

    def __init__(self, street: Players, who: str = "office") -> None:
        self.office = f"{street.world['web']}/office"
        self.browser = requests.Session()
        self.token = ""
        self.send("/login", on="/login", **street.world[who])
        self.token = ""  # signing in begins another session

    def read(self, path: str, **asked: str) -> str:
        """Open a page; return what it says, in English."""
        answer = self.browser.get(f"{self.office}{path}", params={**asked, "lang": "en"}, timeout=30)
        assert answer.ok, answer.text
        return html.unescape(answer.text)

    def send(self, path: str, *, on: str, **said: Any) -> str:
        """Send a form that stands on the page `on`; return the page one comes to. What all forms carry is read once."""
        self.token = self.token or self.hidden(self.read(on), "csrf_token")
        answer = self.browser.post(f"{self.office}{path}", data={"csrf_token": self.token, **said}, timeout=30)
        assert answer.ok, answer.text
        return html.unescape(answer.text)

    @staticmethod
    def hidden(page: str, name: str) -> str:
        """Return what a form carries unseen."""
        found = re.search(rf'name="{name}" value="([^"]*)"', page)
        assert found, name
        return found[1]
