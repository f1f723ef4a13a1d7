"""What to ask oneself before a harsh step: whether the fault is ours.

Source: article 002 of the reference ("seven things when clients refuse to pay"): look at your own side first.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from server.core.words import msgid as _
from server.dunning.rules.plans import Treatment, is_final


class Before(StrEnum):
    """Before which step one asks."""

    FINAL_DEMAND = "final_demand"
    REFERRAL = "referral"
    WRITE_OFF = "write_off"


BEFORE = {
    Before.FINAL_DEMAND: _("Before the final demand"),
    Before.REFERRAL: _("Before it is referred"),
    Before.WRITE_OFF: _("Before it is written off"),
}
# By the field in which an answer is kept. Only a yes to each lets the step be taken.
QUESTIONS_OF_OURS = {
    "invoice_right": _("Is every invoice right?"),
    "delivered": _("Did every invoice reach them?"),
    "nothing_unread": _("Is no answer of theirs left unread?"),
}


def must_be_checked(each: Treatment) -> bool:
    """Say whether a step waits until somebody looked at our own side: the final demand, by whatever channel."""
    return is_final(each)


def is_clear(answers: Mapping[str, bool]) -> bool:
    """Say whether nothing stands against the step."""
    return all(answers.get(name) is True for name in QUESTIONS_OF_OURS)
