"""What the sandbox's tests work with: the real SDK, the sandbox's own controls, and a receiver of webhooks."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests
import stripe

from server.sandbox.serve import Sandbox

KEY = "sk_test_bench"
SECRET = "whsec_of_the_bench"
CART: Any = {
    "type": "cart",
    "cart": {
        "currency": "cad",
        "line_items": [{"amount": 4_000, "description": "Robinet", "quantity": 2}],
        "tax": 599,
        "total": 4_599,
    },
}
INPUTS: Any = [
    {"type": "signature", "required": True, "custom_text": {"title": "Signez ici"}},
    {"type": "email", "custom_text": {"title": "Courriel", "skip_button": "Passer"},
     "toggles": [{"title": "Rappels", "default_value": "enabled"}]},
    {"type": "selection", "required": True, "custom_text": {"title": "Content?"},
     "selection": {"choices": [{"id": "yes", "text": "Oui", "style": "primary"}, {"id": "no", "text": "Non"}]}},
]  # fmt: skip


class _Impatient(stripe.RequestsClient):
    """The SDK's own client, retrying at once."""

    def _sleep_time_seconds(self, num_retries: int, response: Any = None) -> float:
        return 0


class Bench:
    """A running sandbox and a client of it. Answers are Any: what they must look like is what the tests are about."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.url = sandbox.url
        self.stripe: Any = self.client().v1
        self.signatures: list[str] = []

    def client(self, key: str = KEY, *, retries: int = 2, timeout: float = 10) -> stripe.StripeClient:
        """A client of the real SDK, pointed at the sandbox."""
        stripe.enable_telemetry = False
        hosts: Any = dict.fromkeys(("api", "connect", "files", "meter_events"), self.url)
        return stripe.StripeClient(
            key, base_addresses=hosts, http_client=_Impatient(timeout=timeout), max_network_retries=retries
        )

    def control(self, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
        """Ask something of /_sandbox/."""
        answer = requests.request(method, f"{self.url}/_sandbox/{path}", json=body, timeout=70)
        assert answer.status_code == status, answer.text
        return answer.json()

    def post(self, path: str, form: dict[str, str], **headers: str) -> requests.Response:
        """A request to the API without the SDK."""
        given = {"Authorization": f"Bearer {KEY}"} | {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.post(f"{self.url}{path}", data=form, headers=given, timeout=10)

    def now(self) -> int:
        """The moment by the sandbox's clock."""
        return int(self.control("GET", "clock")["now"])

    def advance(self, seconds: float) -> None:
        """Move the sandbox's clock."""
        assert self.control("POST", "clock", {"advance_seconds": seconds})["pending"] == 0

    def faults(self, *wanted: dict[str, Any]) -> None:
        """Arm faults."""
        self.control("POST", "faults", list(wanted), status=201)

    def intent(self, amount: int = 10_000, **more: Any) -> Any:
        """A PaymentIntent for a card at a reader."""
        params = {"amount": amount, "currency": "cad", "allowed_payment_method_types": ["card_present"]} | more
        return self.stripe.payment_intents.create(params)

    def reader(self) -> Any:
        """A registered reader, at a location."""
        address = {"line1": "1 rue Principale", "city": "Québec", "state": "QC", "postal_code": "G1A 1A1"}
        location = self.stripe.terminal.locations.create(
            {"display_name": "Atelier", "address": address | {"country": "CA"}}
        )
        return self.stripe.terminal.readers.create(
            {"registration_code": "simulated-wpe", "label": "Van 1", "location": location.id}
        )

    def waiting(self, amount: int = 10_000, **more: Any) -> tuple[Any, Any]:
        """A reader waiting for a card, and the PaymentIntent it waits for."""
        reader, intent = self.reader(), self.intent(amount, **more)
        return self.process(reader.id, intent.id), intent

    def process(self, reader_id: str, intent_id: str) -> Any:
        """Send a PaymentIntent to a reader."""
        return self.stripe.terminal.readers.process_payment_intent(reader_id, {"payment_intent": intent_id})

    def present(self, reader_id: str, number: str | None = None) -> Any:
        """Present a card with Stripe's test helper."""
        params = {"card_present": {"number": number}} if number else {}
        return self.stripe.test_helpers.terminal.readers.present_payment_method(reader_id, params)

    def press(self, reader_id: str, verb: str, *, status: int = 200, **options: Any) -> Any:
        """Press something on the reader's screen."""
        return self.control("POST", f"readers/{reader_id}/{verb}", options, status=status)

    def paid(self, amount: int = 10_000, number: str | None = None, **more: Any) -> Any:
        """A PaymentIntent that a card paid, with its charge."""
        reader, intent = self.waiting(amount, **more)
        self.present(reader.id, number)
        return self.retrieve(intent.id)

    def retrieve(self, intent_id: str) -> Any:
        """The PaymentIntent with its charge and balance transaction."""
        return self.stripe.payment_intents.retrieve(intent_id, {"expand": ["latest_charge.balance_transaction"]})

    def refused(self, call: Any, *given: Any) -> Any:
        """The SDK's error for a call that must not succeed."""
        try:
            call(*given)
        except stripe.StripeError as error:
            return error
        raise AssertionError("The call was not refused.")

    def kept_card(self, number: str | None = None) -> tuple[Any, Any]:
        """A SetupIntent that a tap settled, and the card made from it, kept for a customer."""
        reader = self.reader()
        customer = self.stripe.customers.create({"name": "Client", "email": "client@example.test"})
        setup = self.stripe.setup_intents.create(
            {"allowed_payment_method_types": ["card_present"], "customer": customer.id}
        )
        self.stripe.terminal.readers.process_setup_intent(
            reader.id, {"setup_intent": setup.id, "allow_redisplay": "always"}
        )
        kept = self.present(reader.id, number).action.process_setup_intent.generated_card
        return self.stripe.setup_intents.retrieve(setup.id), kept and self.stripe.payment_methods.retrieve(kept)

    def session(self, **more: Any) -> Any:
        """A Checkout Session over 50.00 CAD."""
        line = {"price_data": {"currency": "cad", "unit_amount": 5_000, "product_data": {"name": "Facture 12"}}}
        params = {
            "mode": "payment",
            "line_items": [line | {"quantity": 1}],
            "success_url": "https://example.test/paid?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "https://example.test/back",
        }
        return self.stripe.checkout.sessions.create(params | more)

    def events(self, about: str | None = None) -> list[str]:
        """The types of the events so far, oldest first; with `about`, of those about one object."""
        found = reversed(list(self.stripe.events.list({"limit": 100}).data))
        return [event.type for event in found if about in (None, event.data.object["id"])]

    @contextmanager
    def receiver(
        self, *, events: list[str] | None = None, answer: Callable[[int], int] = lambda n: 200
    ) -> Iterator[Any]:
        """A webhook endpoint that checks every signature. Yields the list of the events it accepted, in order.

        `answer` is the status for the nth delivery, counted from 0.
        """
        accepted: list[Any] = []
        signatures = self.signatures
        seen = iter(range(1_000_000))

        class Receiver(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                signatures.append(self.headers["Stripe-Signature"])
                event = stripe.Webhook.construct_event(body, self.headers["Stripe-Signature"], SECRET, tolerance=0)
                status = answer(next(seen))
                if status == 200:
                    accepted.append(event)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        wanted = {"url": f"http://127.0.0.1:{server.server_port}/hook", "secret": SECRET}
        self.control("POST", "webhook_endpoints", wanted | ({"enabled_events": events} if events else {}), status=201)
        try:
            yield accepted
        finally:
            server.shutdown()
            server.server_close()
