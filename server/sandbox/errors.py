"""Stripe's error envelope, and the errors more than one resource answers with."""

from typing import Any


class StripeError(Exception):
    """An answer in Stripe's error envelope.

    `remembered` says whether the answer is kept for its Idempotency-Key: Stripe keeps what an endpoint answered once
    it started, and keeps nothing when the parameters failed validation or another request was in the way.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        type: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        decline_code: str | None = None,
        payment_intent: dict[str, Any] | None = None,
        remembered: bool = True,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.remembered = remembered
        self.fields: dict[str, Any] = {
            "type": type,
            "code": code,
            "decline_code": decline_code,
            "message": message,
            "param": param,
            "payment_intent": payment_intent,
        }

    def body(self, request_id: str) -> dict[str, Any]:
        """The JSON answer: {"error": {...}} without the fields that have nothing to say."""
        error = {name: value for name, value in self.fields.items() if value is not None}
        if "code" in error:
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{error['code'].replace('_', '-')}"
        error["request_log_url"] = f"https://dashboard.stripe.com/test/logs/{request_id}"
        return {"error": error}


def missing_resource(kind: str, id: str, param: str | None = None) -> StripeError:
    """An id that names nothing: 404 when it stands in the path, 400 when it came as a parameter."""
    return StripeError(
        f"No such {kind.removeprefix('terminal.')}: '{id}'",
        status=404 if param is None else 400,
        code="resource_missing",
        param=param or "id",
    )


def invalid_parameter(message: str, param: str, code: str | None = None) -> StripeError:
    """A parameter refused before the endpoint started, so nothing is kept for its key."""
    return StripeError(message, code=code, param=param, remembered=False)


def check_url(url: str, param: str) -> None:
    """Refuse an address that a browser or a webhook could not go to."""
    if not url.startswith(("http://", "https://")):
        raise invalid_parameter(
            "Invalid URL: An explicit scheme (such as https) must be provided.", param, "url_invalid"
        )


def reader_offline() -> StripeError:
    """The reader is off; Stripe queues nothing for it."""
    return StripeError(
        "Reader is currently offline, please ensure the reader is powered on and connected to the internet before "
        "retrying your request. Please reference the integration guide at "
        "https://stripe.com/docs/terminal/payments/collect-card-payment?terminal-sdk-platform=server-driven for "
        "details on how to handle this error.",
        code="terminal_reader_offline",
    )


def reader_busy() -> StripeError:
    """The reader is authorizing and takes no other command."""
    return StripeError(
        "Reader is currently busy processing another request. Please reference the integration guide at "
        "https://stripe.com/docs/terminal/payments/collect-card-payment?terminal-sdk-platform=server-driven for "
        "details on how to handle this error.",
        code="terminal_reader_busy",
    )


def reader_timeout() -> StripeError:
    """The reader did not acknowledge in time; it may have received the command all the same."""
    return StripeError(
        "There was a timeout when sending this command to the reader. Please reference the integration guide at "
        "https://stripe.com/docs/terminal/payments/collect-card-payment?terminal-sdk-platform=server-driven for "
        "details on how to handle this error.",
        code="terminal_reader_timeout",
    )


def intent_not_payable(intent: dict[str, Any]) -> StripeError:
    """A reader takes a PaymentIntent only in requires_payment_method."""
    return StripeError(
        "Payment intent must be in the requires_payment_method state to be processed by a reader.",
        code="intent_invalid_state",
        payment_intent=intent,
    )


def setup_not_ready() -> StripeError:
    """A reader takes a SetupIntent only in requires_payment_method."""
    return StripeError(
        "Setup intent must be in the requires_payment_method state to be processed by a reader.",
        code="intent_invalid_state",
    )
