"""The players of the story: the office, a technician's phone, a customer, each over HTTP."""

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import requests

VISA, DECLINED_CARD = "4242424242424242", "4000000000000002"
PATIENCE_SECONDS = 30
DAY_SECONDS = 24 * 3600
MORNING, EVENING = 9, 18
Say = Callable[[str], None]
Json = dict[str, Any]
Seen = TypeVar("Seen")


class Differed(Exception):
    """Something happened that should not, or did not that should."""


@dataclass
class Players:
    """The players: the office with its API key, a technician's phone, a customer at the reader or on the page."""

    world: Json
    say: Say
    phone_token: str = ""
    addresses: list[str] = field(default_factory=list)

    def office(self, method: str, path: str, body: Json | None = None, *, status: int | None = None) -> Json:
        """Call the API as the office. Raises Differed when the answer has another status (2xx when none is told)."""
        return understood(self.send(method, path, body, self.world["api_key"]), status)

    def phone(self, method: str, path: str, body: Json | None = None, *, status: int | None = None) -> Json:
        """Call the API as the technician's phone. Raises Differed as `office` does."""
        return understood(self.send(method, path, body, self.phone_token), status)

    def send(self, method: str, path: str, body: Json | None, token: str) -> requests.Response:
        """Call the API with a token, or with none."""
        headers = {"Idempotency-Key": secrets.token_hex(16), "Authorization": f"Bearer {token}"}
        address = f"{self.world['web']}/api/v1{path}"
        return requests.request(method, address, json=body, headers=headers, timeout=PATIENCE_SECONDS * 3)

    def sandbox(self, path: str, body: Any) -> None:
        """Ask something of the sandbox. Raises Differed."""
        understood(requests.post(f"{self.world['sandbox']}/_sandbox/{path}", json=body, timeout=PATIENCE_SECONDS))

    def present(self, card: str) -> None:
        """Hold a card to the reader, with Stripe's own test helper."""
        answer = requests.post(
            f"{self.world['sandbox']}/v1/test_helpers/terminal/readers/{self.world['reader_id']}/present_payment_method",
            data={"type": "card_present", "card_present[number]": card},
            headers={"Authorization": "Bearer sk_test_story"},
            timeout=PATIENCE_SECONDS,
        )
        understood(answer)

    def wait(self, *, days: int = 0, seconds: int = 0) -> None:
        """Move everybody's clock; after days, on to the morning where it would be night."""
        self._advance(days * DAY_SECONDS + seconds)
        if days:
            self.until_morning()

    def until_morning(self) -> None:
        """Let the night pass, where it is night: nobody is reminded then."""
        there = datetime.fromisoformat(self.now()).astimezone(ZoneInfo("America/Toronto"))
        if not MORNING <= there.hour < EVENING:
            morning = (there + timedelta(days=there.hour >= EVENING)).replace(hour=MORNING, minute=0)
            self._advance(int((morning - there).total_seconds()))

    def _advance(self, advance_seconds: int) -> None:
        answer = requests.post(
            self.world["clock"], json={"advance_seconds": advance_seconds}, timeout=PATIENCE_SECONDS * 4
        )
        understood(answer)

    def now(self) -> str:
        """Return the moment by the product's clock."""
        return str(requests.get(self.world["clock"], timeout=PATIENCE_SECONDS).json()["now"])

    def captured_minor(self, currency: str = "CAD") -> int:
        """Return what Stripe captured so far in a currency, in Stripe's units."""
        totals = requests.get(f"{self.world['sandbox']}/_sandbox/totals", timeout=PATIENCE_SECONDS).json()
        return int(totals["captured_minor"].get(currency.lower(), 0))

    def mails(self, to: str) -> list[Json]:
        """Return the whole messages a customer got, oldest first."""
        box = self.world["mail"]
        heads = requests.get(f"{box}/messages", timeout=PATIENCE_SECONDS).json()["items"]
        wanted = [head["id"] for head in reversed(heads) if to in head["to"]]
        return [requests.get(f"{box}/messages/{number}", timeout=PATIENCE_SECONDS).json() for number in wanted]

    def texts(self, to: str) -> list[Json]:
        """Return the text messages a number got, oldest first."""
        kept = requests.get(f"{self.world['texts']}/texts", timeout=PATIENCE_SECONDS).json()["items"]
        return [text for text in reversed(kept) if text["to"] == to]

    def payment(self, payment_id: str, *statuses: str) -> Json:
        """Wait until a payment has one of these statuses, and return it. Raises Differed."""
        return until(
            lambda: self.phone("GET", f"/payments/{payment_id}"),
            lambda payment: payment["status"] in statuses,
            f"the payment to be {' or '.join(statuses)}",
        )

    def attempt(self, invoice: Json, method: str, amount_minor: int) -> requests.Response:
        """Try to collect money from the phone; the answer may be a refusal."""
        wanted = {"payment_id": new("pay"), "invoice_id": invoice["invoice_id"], "method": method}
        reader = {"reader_id": self.world["reader_id"]} if method == "card_reader" else {}
        return self.send("POST", "/payments", {**wanted, **reader, "amount_minor": amount_minor}, self.phone_token)

    def collect(self, invoice: Json, method: str, amount_minor: int) -> Json:
        """Collect money from the phone. Raises Differed when that is refused."""
        return understood(self.attempt(invoice, method, amount_minor), 201)

    def give_up(self, payment_id: str) -> None:
        """Cancel a payment from the phone. Raises Differed when it is not canceled then."""
        answer = understood(self.send("POST", f"/payments/{payment_id}/cancellation", None, self.phone_token))
        expect(answer["status"], "canceled", "a payment given up")

    def press_checkout(self, session_id: str, outcome: str) -> requests.Response:
        """Do as the customer does on Stripe's page: `pay`, `decline` or `abandon`."""
        address = f"{self.world['sandbox']}/_sandbox/checkout/{session_id}"
        return requests.post(address, json={"outcome": outcome}, allow_redirects=False, timeout=PATIENCE_SECONDS)

    def forget_faults(self) -> None:
        """Let everything go well again."""
        requests.delete(f"{self.world['sandbox']}/_sandbox/faults", timeout=PATIENCE_SECONDS)

    def cases(self, customer_id: str) -> list[Json]:
        """Return the cases of a customer."""
        return list(self.office("GET", f"/dunning/cases?customer_id={customer_id}")["items"])

    def invoice(self, invoice: Json) -> Json:
        """Read an invoice again."""
        return self.office("GET", f"/invoices/{invoice['invoice_id']}")

    def must_be_paid(self, invoice: Json) -> None:
        """Wait until nothing is owed. Raises Differed."""
        until(
            lambda: self.invoice(invoice),
            lambda it: (it["status"], it["balance_minor"]) == ("paid", 0),
            "the invoice to be paid",
        )

    def do_job(self, customer_name: str, title: str, lines: list[Json], **person: Any) -> Json:
        """Plan a job for a new customer (`person` says more of them), sign its contract, do it; return the invoice."""
        address = f"{new('client').replace('_', '-')}@example.com"
        self.addresses.append(address)
        customer_id, job_id = new("cus"), new("job")
        customer: Json = {"customer_id": customer_id, "name": customer_name, "email": address, "language": "fr"}
        site = {
            "line1": "12, rue Saint-Jean",
            "city": "Québec",
            "region": "QC",
            "postal_code": "G1R 1N8",
            "country": "CA",
        }
        customer |= {"kind": "consumer", "addresses": [site], **person}
        self.office("POST", "/customers", customer, status=201)
        job = {"job_id": job_id, "customer_id": customer_id, "technician_id": self.world["technician"]["id"]}
        plan = {"title": title, "scheduled_at": self.now(), "site_address": site, "lines": lines}
        self.office("POST", "/jobs", {**job, **plan}, status=201)
        contract = self.phone("POST", f"/jobs/{job_id}/contract", {"contract_id": new("con")}, status=201)
        expect(
            hashlib.sha256(contract["text"].encode()).hexdigest(), contract["document_sha256"], "the contract's hash"
        )
        signature = {"signature_id": new("sig"), "signer_name": customer_name, "signed_at": self.now()}
        proof = {"document_sha256": contract["document_sha256"], "typed_name": customer_name}
        self.phone("POST", f"/contracts/{contract['contract_id']}/signature", {**signature, **proof})
        return self.complete(job_id)

    def do_another(self, customer_id: str, title: str, lines: list[Json]) -> Json:
        """Do another job for a customer; return the invoice."""
        job = {"job_id": new("job"), "customer_id": customer_id, "technician_id": self.world["technician"]["id"]}
        plan = {"title": title, "scheduled_at": self.now(), "lines": lines}
        self.office("POST", "/jobs", {**job, **plan}, status=201)
        return self.complete(job["job_id"])

    def complete(self, job_id: str) -> Json:
        """Say that a job is done; return the invoice."""
        done = {"completion_id": new("cmp"), "completed_at": self.now()}
        return self.phone("POST", f"/jobs/{job_id}/completion", done, status=201)

    def open_checkout(self, pay_url: str) -> tuple[int, str]:
        """Press "pay" on the customer's page; return the status and the Checkout Session's id, "" without one."""
        page = requests.get(pay_url, timeout=PATIENCE_SECONDS)
        expect(page.status_code, 200, "the customer's page")
        answer = requests.post(f"{pay_url}/checkout", allow_redirects=False, timeout=PATIENCE_SECONDS)
        if answer.status_code != requests.codes.see_other or "/checkout/" not in answer.headers["Location"]:
            return answer.status_code, ""
        return answer.status_code, urlsplit(answer.headers["Location"]).path.rpartition("/")[2]


def understood(answer: requests.Response, status: int | None = None) -> Json:
    """Return what an answer says. Raises Differed when it has another status (2xx where none is told)."""
    if answer.status_code != status if status else not answer.ok:
        sent = answer.request
        raise Differed(f"{sent.method} {sent.path_url} answered {answer.status_code}: {answer.text[:500]}")
    said: Json = answer.json()
    return said


def new(prefix: str) -> str:
    """Return a fresh id."""
    return f"{prefix}_{secrets.token_hex(16)}"


def dollars(amount_minor: int) -> str:
    """Return an amount for people: 1234 is $12.34."""
    return f"${amount_minor // 100}.{amount_minor % 100:02}"


def expect(found: object, wanted: object, what: str) -> None:
    """Raise Differed when it is not as it should be."""
    if found != wanted:
        raise Differed(f"{what}: {found!r} instead of {wanted!r}")


def until(look: Callable[[], Seen], good: Callable[[Seen], bool], what: str) -> Seen:
    """Look until it is good, and return it. Raises Differed when patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not good(seen := look()):
        if time.monotonic() > deadline:
            raise Differed(f"waited in vain for {what}: {seen}")
        time.sleep(0.1)
    return seen


def line(description: str, quantity: str, unit_price_minor: int, tax_code: str) -> Json:
    """Return a line of a job."""
    return {
        "description": description,
        "quantity": quantity,
        "unit_price_minor": unit_price_minor,
        "tax_code": tax_code,
    }
