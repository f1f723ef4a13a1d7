"""Who asks something of the product over HTTP: a phone, the office, a customer with a link."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

Json = dict[str, Any]
TRIES = 12
SECONDS = 60
PAID = "Paid. Thank you!"
# The process that served it is gone, before its answer or in the middle of it.
BROKEN_OFF = (requests.ConnectionError, requests.exceptions.ChunkedEncodingError)


class NoAnswer(Exception):
    """The product did not answer, however often it was asked."""


@dataclass(frozen=True)
class Answer:
    """What came back: `said` is the JSON object, or {} where it was none."""

    status: int
    said: Json
    text: str = ""
    where: str = ""

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.status < 400


@dataclass
class Caller:
    """Somebody with a token. As a phone does, they ask again under the same key when a connection breaks."""

    web: str
    token: str
    address: str
    line: requests.Session
    _keys: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def get(self, path: str) -> Answer:
        """Read."""
        return self._send("GET", path, None, {})

    def post(self, path: str, body: Json | None = None, *, key: str | None = None) -> Answer:
        """Have something done, under a key of its own or one that was used before."""
        return self._send("POST", path, body, {"Idempotency-Key": key or f"{self.address}-{next(self._keys)}"})

    def delete(self, path: str) -> Answer:
        """Take something away."""
        return self._send("DELETE", path, None, {})

    def _send(self, method: str, path: str, body: Json | None, headers: Mapping[str, str]) -> Answer:
        known = {"Authorization": f"Bearer {self.token}", "X-Forwarded-For": self.address, **headers}
        for _ in range(TRIES):
            try:
                answer = self.line.request(
                    method, f"{self.web}/api/v1{path}", json=body, headers=known, timeout=SECONDS
                )
            except BROKEN_OFF:
                continue
            assert answer.status_code != 500, f"{method} {path}: {answer.text}"
            return Answer(answer.status_code, answer.json(), answer.text)
        raise NoAnswer(f"{method} {path}")


def open_link(line: requests.Session, pay_url: str) -> str:
    """Look at a customer's page; return it as it reads."""
    return _browse(line, "GET", pay_url, {}).text


def press_pay(line: requests.Session, pay_url: str, form: Json) -> Answer:
    """Press the button on a customer's page; `where` is the way it leads, `said` holds the session at Stripe."""
    answer = _browse(line, "POST", f"{pay_url}/checkout", form)
    where = answer.headers.get("Location", "")
    session = urlsplit(where).path.rpartition("/")[2] if "/checkout/" in where else ""
    return Answer(answer.status_code, {"session_id": session}, answer.text, where)


def _browse(line: requests.Session, method: str, url: str, form: Json) -> requests.Response:
    for _ in range(TRIES):
        try:
            answer = line.request(
                method,
                url,
                data=form,
                headers={"Accept-Language": "en"},
                timeout=SECONDS,
                allow_redirects=False,
            )
        except BROKEN_OFF:
            continue
        assert answer.status_code != 500, f"{method} {url}: {answer.text}"
        return answer
    raise NoAnswer(url)
