"""What a form asks, done: say that it is, or show its page again with why not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Response, flash, make_response, redirect, request
from marshmallow import ValidationError
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from server.core import clock
from server.core.database import transaction
from server.core.errors import Problem
from server.core.words import msgid as _
from server.office import rules

_WRONG = {
    "amount_minor": _("This is not an amount. Write it like 85.50 or 85,50."),
    "reason": _("Say why the money goes back."),
    "reference": _("A cheque or a transfer needs its number or reference."),
}


def sentence(wrong: ValidationError) -> str:
    """Return what is wrong with a form about money, in English."""
    said = (sentence for field, sentence in _WRONG.items() if field in wrong.messages_dict)
    return next(said, _("This cannot be accepted as it is."))


def attempt(
    act: Callable[[], str],
    *,
    again: Callable[[str], str],
    then: str,
    wrong: Callable[[ValidationError], str] = sentence,
) -> Redirect | Response:
    """Do what a form asks and go `then`, where the sentence that `act` returns is said; or show the page `again` with
    why not. All sentences are in English here."""
    try:
        done = act()
    except ValidationError as invalid:
        return make_response(again(wrong(invalid)), 422)
    except Problem as refused:
        return make_response(again(refused.sentence()), refused.status)
    flash(done)
    return redirect(then, 303)


def at_once(act: Callable[[Session, datetime], str]) -> Callable[[], str]:
    """Return what `attempt` does: all of `act` in one transaction, at this moment."""

    def done() -> str:
        with transaction() as session:
            return act(session, clock.now())

    return done


def typed_minor(currency: str, field: str = "amount", *, empty: str = "") -> int | str:
    """Return the amount in a field, in minor units; "" where it cannot be read. `empty` stands for an empty field."""
    minor = rules.amount_minor(request.form.get(field, "") or empty, currency)
    return "" if minor is None else minor


def said(name: str) -> str:
    """Return what a person wrote in a field. Raises ValidationError where it is empty."""
    words = request.form.get(name, "").strip()[:2000]
    if not words:
        raise ValidationError({name: ["Needed."]})
    return words
