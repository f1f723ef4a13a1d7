"""The business as it stands in production: Stripe's events and the mail arrive over the network."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import stripe
from flask import Flask
from werkzeug.serving import make_server

from tests.messages.conftest import mail_server
from tests.shop import Shop

__all__ = ["mail_server"]  # a fixture here too


@pytest.fixture
def business(shop: Shop, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """A business whose web application listens to Stripe, and whose SDK tries again at once."""
    monkeypatch.setattr(stripe.HTTPClient, "INITIAL_DELAY", 0)
    monkeypatch.setattr(stripe.HTTPClient, "MAX_DELAY", 0)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    listening = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    listening.start()
    hook = {"url": f"http://127.0.0.1:{server.port}/webhooks/stripe", "secret": "whsec_now"}
    shop.control("POST", "webhook_endpoints", hook)
    yield shop
    server.shutdown()
    server.server_close()
    listening.join()
