"""Webhook deliveries: queued when an event happens, signed and sent by the background thread, retried with backoff."""

import hashlib
import hmac
import http.client
import json
from contextlib import closing
from urllib.parse import urlsplit

from server.sandbox import faults
from server.sandbox.state import Json, State

# Seconds of the sandbox's clock from one attempt to the next: quick at first, three days in all, like Stripe's.
RETRY_SECONDS = (5, 30, 120, 600, 3600, 3 * 3600, 8 * 3600, 12 * 3600, 24 * 3600, 24 * 3600)
HELD_SECONDS = 30
ANSWER_WITHIN_SECONDS = 20


def queue(state: State, event: Json) -> None:
    """Queue an event for every endpoint that wants it, with the faults armed for its type."""
    mishaps = {fault["kind"]: fault for fault in faults.for_event(state, event["type"])}
    if "webhook_lost" in mishaps:
        return
    copies = mishaps.get("webhook_duplicate", {"times": 1})["times"]
    late = mishaps.get("webhook_late", {"seconds": 0})["seconds"]
    for endpoint in state.objects.get("webhook_endpoint", {}).values():
        wanted = endpoint["enabled_events"]
        if endpoint["status"] != "enabled" or not ({"*", event["type"]} & set(wanted)):
            continue
        held = "webhook_reorder" in mishaps
        for _ in range(copies):
            _add(state, event["id"], endpoint["id"], after_seconds=HELD_SECONDS if held else late, held=held)
            event["pending_webhooks"] += 1
        if not held:
            _let_go(state, endpoint["id"])


def next_due(state: State) -> Json | None:
    """The delivery to attempt now, or None."""
    due = [delivery for delivery in state.deliveries if delivery["due"] <= state.clock.now()]
    return min(due, key=lambda delivery: (delivery["due"], delivery["number"]), default=None)


def signed(state: State, delivery: Json) -> tuple[str, bytes, dict[str, str]] | None:
    """Where to send a delivery, its body and its headers; None when its endpoint is gone."""
    endpoint = state.objects["webhook_endpoint"].get(delivery["endpoint"])
    if endpoint is None or endpoint["status"] != "enabled":
        return None
    body = json.dumps(state.get("event", delivery["event"]), indent=2).encode()
    secret = state.hidden[endpoint["id"]]["secret"]
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature(body, secret, state.now()),
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }
    return endpoint["url"], body, headers


def signature(body: bytes, secret: str, timestamp: int) -> str:
    """The Stripe-Signature header: https://docs.stripe.com/webhooks#verify-manually"""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={digest}"


def send(url: str, body: bytes, headers: dict[str, str]) -> bool:
    """Post to the receiver. True when it answered 2xx in time; a redirect is a failure, as with Stripe."""
    try:
        target = urlsplit(url)
        kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
        path = (target.path or "/") + (f"?{target.query}" if target.query else "")
        connection = kind(target.hostname or "", target.port, timeout=ANSWER_WITHIN_SECONDS)
        with closing(connection):
            connection.request("POST", path, body, headers)
            return 200 <= connection.getresponse().status < 300
    except (OSError, ValueError, http.client.HTTPException):  # ValueError: the address makes no sense
        return False


def settle(state: State, delivery: Json, *, delivered: bool) -> None:
    """Write down how an attempt went: done, again later, or given up after three days."""
    if delivery not in state.deliveries:
        return  # the sandbox was reset meanwhile
    if not delivered and delivery["attempts"] < len(RETRY_SECONDS):
        delivery["due"] = state.clock.now() + RETRY_SECONDS[delivery["attempts"]]
        delivery["attempts"] += 1
        return
    state.deliveries.remove(delivery)
    if delivered:
        state.get("event", delivery["event"])["pending_webhooks"] -= 1


def _add(state: State, event: str, endpoint: str, *, after_seconds: float, held: bool) -> None:
    state.deliveries.append(
        {
            "event": event,
            "endpoint": endpoint,
            "due": state.clock.now() + after_seconds,
            "attempts": 0,
            "held": held,
            "number": state.next_number(),
        }
    )


def _let_go(state: State, endpoint: str) -> None:
    """What was held back to arrive out of order goes out behind the event that just came."""
    for delivery in state.deliveries:
        if delivery["held"] and delivery["endpoint"] == endpoint:
            delivery.update(held=False, due=state.clock.now(), number=state.next_number())
