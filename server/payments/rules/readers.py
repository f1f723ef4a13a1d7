"""Card readers decided: who may use one now, and what Stripe says it is doing, in words."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from server.core.words import msgid as _
from server.payments.rules.advice import Advice

# Longer than any call to a reader takes with its retries (LEFT_BEHIND_AFTER): nobody's turn ends in the middle of one.
LEASE = timedelta(minutes=5)


def is_free(*, holder: str | None, held_until: datetime | None, wanted_by: str, now: datetime) -> bool:
    """Say whether somebody may take a reader: it is theirs, or nobody used it for a while."""
    return holder == wanted_by or held_until is None or held_until <= now


def lane(reader_id: str | None) -> str:
    """Return the name under which commands to a reader go one at a time."""
    return f"reader:{reader_id}"


class Doing(StrEnum):
    """What a reader is doing."""

    READY = "ready"
    SHOWING = "showing"
    COLLECTING = "collecting"
    LEFT_BEHIND = "left_behind"
    FOREIGN = "foreign"
    OFFLINE = "offline"
    GONE = "gone"
    UNREACHABLE = "unreachable"


def doing(
    *, action_type: str | None, action_status: str | None, online: bool | None, payment_is_open: bool | None
) -> Doing:
    """Return what a reader is doing; `payment_is_open` is None where its intent is not one of ours."""
    if action_status == "in_progress":
        if action_type == "set_reader_display":
            return Doing.SHOWING
        if payment_is_open is None:
            return Doing.FOREIGN
        return Doing.COLLECTING if payment_is_open else Doing.LEFT_BEHIND
    return Doing.OFFLINE if online is False else Doing.READY


IN_WORDS = {
    Doing.READY: Advice(_("The reader is ready."), _("You can take a payment.")),
    Doing.SHOWING: Advice(_("The reader shows the lines of an invoice."), _("You can take a payment.")),
    Doing.COLLECTING: Advice(
        _("The reader is taking a payment."), _("Let the customer finish, or cancel it on the phone that began it.")
    ),
    Doing.LEFT_BEHIND: Advice(
        _("The reader still shows a payment that was given up."), _("Take the next payment: it takes its place.")
    ),
    Doing.FOREIGN: Advice(
        _("The reader is busy with something that was not begun here."), _("Ask who else uses this reader.")
    ),
    Doing.OFFLINE: Advice(
        _("The card service has not heard from the reader for a while."),
        _("Check that it is switched on and connected. You may try a payment all the same."),
    ),
    Doing.GONE: Advice(
        _("The card service no longer knows this reader."), _("Register it again, or use another reader.")
    ),
    Doing.UNREACHABLE: Advice(
        _("The card service cannot be asked about the reader now."), _("You may try a payment all the same.")
    ),
}
