"""The part of Stripe's API that is served, one line an endpoint. Everything else is Stripe's 404."""

import re
from dataclasses import dataclass

from server.sandbox import (
    balance,
    checkout,
    configurations,
    customers,
    disputes,
    files,
    intents,
    presenting,
    readers,
    refunds,
    screens,
    setups,
    webhook_endpoints,
)
from server.sandbox.lists import listing, retrieve, searching
from server.sandbox.state import Json, Operation, State

ACCOUNT: Json = {
    "id": "acct_1SandboxBusiness",
    "object": "account",
    "business_profile": {"name": "Sandbox business", "support_email": None, "url": None},
    "business_type": "company",
    "capabilities": {"card_payments": "active", "transfers": "active"},
    "charges_enabled": True,
    "country": "CA",
    "created": 1_700_000_000,
    "default_currency": "cad",
    "details_submitted": True,
    "email": None,
    "metadata": {},
    "payouts_enabled": True,
    "type": "standard",
}


def account(_state: State, _params: Json, _ids: tuple[str, ...]) -> Json:
    """GET /v1/account."""
    return ACCOUNT


@dataclass(frozen=True)
class Endpoint:
    """A method and a path (`*` stands for an id), the SDK's type of its parameters, and what it does."""

    method: str
    path: str
    params: str
    operation: Operation

    def ids(self, method: str, path: str) -> tuple[str, ...] | None:
        """The ids in a path that is this endpoint's, or None."""
        pattern = re.escape(self.path).replace(r"\*", "([^/]+)")
        found = re.fullmatch(pattern, path) if method == self.method else None
        return found.groups() if found else None


def _resource(path: str, kind: str, params: str) -> tuple[Endpoint, Endpoint]:
    """The two ways to read a resource: one by its id, and a page of all."""
    return (
        Endpoint("GET", f"{path}/*", f"{params}RetrieveParams", retrieve(kind)),
        Endpoint("GET", path, f"{params}ListParams", listing(kind, path)),
    )


_READERS = "/v1/terminal/readers"
_HELPERS = "/v1/test_helpers/terminal/readers"
ENDPOINTS = (
    Endpoint("GET", "/v1/account", "AccountRetrieveCurrentParams", account),
    Endpoint("POST", "/v1/terminal/locations", "terminal.LocationCreateParams", readers.create_location),
    *_resource("/v1/terminal/locations", "terminal.location", "terminal.Location"),
    Endpoint("POST", "/v1/terminal/locations/*", "terminal.LocationUpdateParams", configurations.update_location),
    Endpoint("POST", "/v1/terminal/configurations", "terminal.ConfigurationCreateParams", configurations.create),
    *_resource("/v1/terminal/configurations", "terminal.configuration", "terminal.Configuration"),
    Endpoint("POST", "/v1/terminal/configurations/*", "terminal.ConfigurationUpdateParams", configurations.update),
    Endpoint("DELETE", "/v1/terminal/configurations/*", "terminal.ConfigurationDeleteParams", configurations.delete),
    Endpoint(
        "POST",
        "/v1/terminal/connection_tokens",
        "terminal.ConnectionTokenCreateParams",
        readers.create_connection_token,
    ),
    Endpoint("POST", _READERS, "terminal.ReaderCreateParams", readers.create),
    Endpoint("GET", f"{_READERS}/*", "terminal.ReaderRetrieveParams", readers.retrieve),
    Endpoint("GET", _READERS, "terminal.ReaderListParams", listing("terminal.reader", _READERS)),
    Endpoint("DELETE", f"{_READERS}/*", "terminal.ReaderDeleteParams", readers.delete),
    Endpoint(
        "POST",
        f"{_READERS}/*/process_payment_intent",
        "terminal.ReaderProcessPaymentIntentParams",
        readers.process_payment_intent,
    ),
    Endpoint(
        "POST",
        f"{_READERS}/*/process_setup_intent",
        "terminal.ReaderProcessSetupIntentParams",
        readers.process_setup_intent,
    ),
    Endpoint("POST", f"{_READERS}/*/refund_payment", "terminal.ReaderRefundPaymentParams", readers.refund_payment),
    Endpoint(
        "POST", f"{_READERS}/*/set_reader_display", "terminal.ReaderSetReaderDisplayParams", screens.set_reader_display
    ),
    Endpoint("POST", f"{_READERS}/*/collect_inputs", "terminal.ReaderCollectInputsParams", screens.collect_inputs),
    Endpoint("POST", f"{_READERS}/*/cancel_action", "terminal.ReaderCancelActionParams", readers.cancel_action),
    Endpoint(
        "POST",
        f"{_HELPERS}/*/present_payment_method",
        "test_helpers.terminal.ReaderPresentPaymentMethodParams",
        presenting.test_helper,
    ),
    Endpoint(
        "POST",
        f"{_HELPERS}/*/succeed_input_collection",
        "test_helpers.terminal.ReaderSucceedInputCollectionParams",
        screens.succeed,
    ),
    Endpoint(
        "POST",
        f"{_HELPERS}/*/timeout_input_collection",
        "test_helpers.terminal.ReaderTimeoutInputCollectionParams",
        screens.time_out,
    ),
    Endpoint("POST", "/v1/customers", "CustomerCreateParams", customers.create),
    *_resource("/v1/customers", "customer", "Customer"),
    Endpoint("POST", "/v1/customers/*", "CustomerUpdateParams", customers.update),
    *_resource("/v1/payment_methods", "payment_method", "PaymentMethod"),
    Endpoint("POST", "/v1/payment_methods/*/attach", "PaymentMethodAttachParams", customers.attach),
    Endpoint("POST", "/v1/payment_methods/*/detach", "PaymentMethodDetachParams", customers.detach),
    Endpoint("POST", "/v1/setup_intents", "SetupIntentCreateParams", setups.create),
    *_resource("/v1/setup_intents", "setup_intent", "SetupIntent"),
    Endpoint("POST", "/v1/setup_intents/*/cancel", "SetupIntentCancelParams", setups.cancel),
    *_resource("/v1/disputes", "dispute", "Dispute"),
    Endpoint("POST", "/v1/disputes/*", "DisputeUpdateParams", disputes.update),
    Endpoint("POST", "/v1/disputes/*/close", "DisputeCloseParams", disputes.close),
    *_resource("/v1/payouts", "payout", "Payout"),
    Endpoint("POST", "/v1/files", "FileCreateParams", files.create),
    *_resource("/v1/files", "file", "File"),
    Endpoint("POST", "/v1/payment_intents", "PaymentIntentCreateParams", intents.create),
    Endpoint(
        "GET",
        "/v1/payment_intents/search",
        "PaymentIntentSearchParams",
        searching("payment_intent", "/v1/payment_intents/search"),
    ),
    *_resource("/v1/payment_intents", "payment_intent", "PaymentIntent"),
    Endpoint("POST", "/v1/payment_intents/*", "PaymentIntentUpdateParams", intents.update),
    Endpoint("POST", "/v1/payment_intents/*/confirm", "PaymentIntentConfirmParams", intents.confirm),
    Endpoint("POST", "/v1/payment_intents/*/cancel", "PaymentIntentCancelParams", intents.cancel),
    Endpoint("POST", "/v1/payment_intents/*/capture", "PaymentIntentCaptureParams", intents.capture),
    *_resource("/v1/charges", "charge", "Charge"),
    Endpoint("POST", "/v1/refunds", "RefundCreateParams", refunds.create),
    *_resource("/v1/refunds", "refund", "Refund"),
    Endpoint("GET", "/v1/balance", "BalanceRetrieveParams", balance.retrieve),
    *_resource("/v1/balance_transactions", "balance_transaction", "BalanceTransaction"),
    Endpoint("POST", "/v1/checkout/sessions", "checkout.SessionCreateParams", checkout.create),
    *_resource("/v1/checkout/sessions", "checkout.session", "checkout.Session"),
    Endpoint("POST", "/v1/checkout/sessions/*/expire", "checkout.SessionExpireParams", checkout.expire),
    *_resource("/v1/events", "event", "Event"),
    Endpoint("POST", "/v1/webhook_endpoints", "WebhookEndpointCreateParams", webhook_endpoints.create),
    *_resource("/v1/webhook_endpoints", "webhook_endpoint", "WebhookEndpoint"),
    Endpoint("POST", "/v1/webhook_endpoints/*", "WebhookEndpointUpdateParams", webhook_endpoints.update),
    Endpoint("DELETE", "/v1/webhook_endpoints/*", "WebhookEndpointDeleteParams", webhook_endpoints.delete),
)


def match(method: str, path: str) -> tuple[Endpoint, tuple[str, ...]] | None:
    """The endpoint for a request and the ids in its path, or None."""
    for endpoint in ENDPOINTS:
        ids = endpoint.ids(method, path)
        if ids is not None:
            return endpoint, ids
    return None
