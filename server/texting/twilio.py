"""Twilio's Messages: one call, and what its failures mean for the message.

A failure is one of three: `Refused` (it will never be sent), `NotNow` (it was not: ask again later) or
`OutcomeUnknown` (it may have been: asking again could send it twice). Source: Twilio, "Messages resource" and "Error
and warning dictionary".
"""

from __future__ import annotations

from contextlib import suppress
from http import HTTPStatus

import requests
from urllib3.exceptions import NewConnectionError

from server.core import config
from server.core.database import outside_transaction

# Seconds to connect, seconds to answer.
_TIMEOUT = (5, 20)


class Undelivered(Exception):
    """A text message was not sent, as far as we know."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Refused(Undelivered):
    """The service will not send this message to this number."""


class NotNow(Undelivered):
    """The service did not take it; later it may."""


class OutcomeUnknown(Undelivered):
    """The service did not answer. It may have sent it."""


def send(*, to: str, words: str) -> None:
    """Send a text message to a number (E.164). Raises Refused, NotNow, OutcomeUnknown."""
    outside_transaction()
    settings = config.current()
    account = settings.sms_account_sid
    if account is None:
        raise NotNow("not_set_up")
    try:
        answer = requests.post(
            f"{settings.sms_api_base}/2010-04-01/Accounts/{account}/Messages.json",
            data={"To": to, "From": settings.sms_from, "Body": words},
            auth=(account, settings.sms_auth_token or ""),
            timeout=_TIMEOUT,
            allow_redirects=False,
        )
    except (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError) as error:
        raise NotNow(type(error).__name__) from error
    except requests.RequestException as error:
        raise _broken(error) from error
    if answer.status_code != HTTPStatus.CREATED:
        raise _said_no(answer)


def _broken(error: requests.RequestException) -> Undelivered:
    """Return what a broken connection means: nothing was sent where there never was one."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    failure = NotNow if isinstance(reason, NewConnectionError) else OutcomeUnknown
    return failure(type(error).__name__)


def _said_no(answer: requests.Response) -> Undelivered:
    """Return what a refusal means. Our key being wrong, or too much at once, says nothing of the message itself."""
    code = str(answer.status_code)
    with suppress(requests.JSONDecodeError, KeyError, TypeError):
        code = str(answer.json()["code"])
    if answer.status_code in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS):
        return NotNow(code)
    if HTTPStatus.BAD_REQUEST <= answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Refused(code)
    return OutcomeUnknown(code)
