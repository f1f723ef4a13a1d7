"""One Stripe client a process, and what its failures mean for money.

Every call is made outside a transaction. A failure is one of three: `Refused` (Stripe said no: nothing happened),
`NotNow` (it never ran: ask again later) or `OutcomeUnknown` (it may have happened: only asking tells, law 5).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http import HTTPStatus
from typing import Any

import stripe

from server.core import config
from server.core.database import outside_transaction
from server.core.errors import OutsideServiceFailed, Unacceptable

# A reader command waits for the reader; a read does not. Seconds to connect, seconds to answer.
READER_TIMEOUT = (5, 60)
USUAL_TIMEOUT = (5, 20)
# For what is only nice to know: a person waits for the rest of it.
HINT_TIMEOUT = (2, 3)
# A command the reader may have received although Stripe did not hear back ("may be a false negative").
_PERHAPS_DELIVERED = {"terminal_reader_timeout"}


class Refused(Unacceptable):
    """The card service refused. Nothing happened."""

    code = "refused_by_stripe"

    def __init__(self, reason: str, message: str, decline_code: str | None = None) -> None:
        super().__init__(reason=reason)
        self.reason = reason
        self.message = message
        self.decline_code = decline_code


class NotNow(OutsideServiceFailed):
    """The card service is too busy right now. Nothing happened; try again."""

    code = "stripe_busy"


class OutcomeUnknown(OutsideServiceFailed):
    """The card service did not answer. The outcome is unknown until we have asked again."""

    code = "stripe_outcome_unknown"


class _Line(stripe.RequestsClient):
    """HTTP to Stripe. That a try is one too many (429) tells what became of it, and nothing of one before it whose
    answer was lost: that call is as unanswered as before, and tried on."""

    def __init__(self, timeout: tuple[int, int]) -> None:
        super().__init__(timeout=timeout)
        self._before = threading.local()

    def request_with_retries(self, *given: Any, **more: Any) -> tuple[Any, int, Mapping[str, str]]:
        """Begin a call."""
        self._before.lost = False
        return super().request_with_retries(*given, **more)

    def request(self, *given: Any, **more: Any) -> Any:
        """Try once."""
        try:
            answer = super().request(*given, **more)
        except stripe.APIConnectionError:
            self._before.lost = True
            raise
        status = answer[1]
        if status == HTTPStatus.TOO_MANY_REQUESTS and self._before.lost:
            words = "A try before this one was not answered."
            raise stripe.APIConnectionError(words, should_retry=True)  # type: ignore[no-untyped-call]
        self._before.lost |= status == HTTPStatus.CONFLICT or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        return answer


@cache
def client(timeout: tuple[int, int] = USUAL_TIMEOUT, *, retries: int = 2) -> stripe.StripeClient:
    """Return the client of this process. `STRIPE_API_BASE` points it at the sandbox; nothing else differs."""
    settings = config.current()
    stripe.enable_telemetry = False
    os.environ.setdefault("STRIPE_SUPPRESS_NOTICES", "true")
    base = settings.stripe_api_base
    every_host: Any = dict.fromkeys(("api", "connect", "files", "meter_events"), base) if base else {}
    return stripe.StripeClient(
        settings.stripe_secret_key,
        base_addresses=every_host,
        http_client=_Line(timeout),
        max_network_retries=retries,
    )


@contextmanager
def call() -> Iterator[None]:
    """Wrap a call: assert that no transaction is open, and raise our three failures instead of the SDK's.

    Source: Stripe's error handling page; a 409 or a 5xx after the SDK's own retries may hide a success, as may a 429
    after a try that was not answered.
    """
    outside_transaction()
    try:
        yield
    except stripe.RateLimitError as error:
        raise NotNow from error
    except (stripe.CardError, stripe.IdempotencyError, stripe.InvalidRequestError) as error:
        code = error.code or (error.error.code if error.error else None) or "invalid_request"
        if code in _PERHAPS_DELIVERED:
            raise OutcomeUnknown from error
        decline = getattr(error.error, "decline_code", None) if error.error else None
        raise Refused(code, error.user_message or "", decline) from error
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        raise Refused("not_allowed", "Stripe does not accept our key.") from error
    except stripe.StripeError as error:
        raise OutcomeUnknown from error
