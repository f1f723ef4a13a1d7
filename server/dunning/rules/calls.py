"""How a call ends, and what follows from it."""

from __future__ import annotations

from enum import StrEnum

from server.access.rules import Role
from server.core.words import msgid
from server.dunning.rules.plans import Channel


class Outcome(StrEnum):
    """How a call ended."""

    REACHED = "reached"
    PROMISE = "promise"
    DISPUTE = "dispute"
    REFUSED = "refused"
    CALL_BACK = "call_back"
    VOICEMAIL = "voicemail"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"


class CallCause(StrEnum):
    """Why the invoice is unpaid, as far as the call told."""

    FORGOTTEN = "forgotten"
    NOT_RECEIVED = "not_received"
    INVOICE_WRONG = "invoice_wrong"
    WORK_DISPUTED = "work_disputed"
    APPROVAL_MISSING = "approval_missing"
    SHORT_OF_CASH = "short_of_cash"
    UNWILLING = "unwilling"
    UNKNOWN = "unknown"


class ProposalKind(StrEnum):
    """What a person is asked to decide."""

    REFERRAL = "referral"
    WRITE_OFF = "write_off"
    EITHER = "either"


# Nobody was spoken to: the call is tried again, as often as the plan's patience lasts.
UNANSWERED = frozenset({Outcome.CALL_BACK, Outcome.VOICEMAIL, Outcome.NO_ANSWER, Outcome.WRONG_NUMBER})
OUTCOMES = {
    Outcome.REACHED: msgid("Reached"),
    Outcome.PROMISE: msgid("Promised to pay"),
    Outcome.DISPUTE: msgid("Does not agree"),
    Outcome.REFUSED: msgid("Refuses to pay"),
    Outcome.CALL_BACK: msgid("Asked to call back"),
    Outcome.VOICEMAIL: msgid("Left a message"),
    Outcome.NO_ANSWER: msgid("No answer"),
    Outcome.WRONG_NUMBER: msgid("Wrong number"),
}
CALL_CAUSES = {
    CallCause.FORGOTTEN: msgid("Forgot it"),
    CallCause.NOT_RECEIVED: msgid("Never got the invoice"),
    CallCause.INVOICE_WRONG: msgid("The invoice is wrong"),
    CallCause.WORK_DISPUTED: msgid("Not satisfied with the work"),
    CallCause.APPROVAL_MISSING: msgid("Waits for an approval"),
    CallCause.SHORT_OF_CASH: msgid("Cannot pay now"),
    CallCause.UNWILLING: msgid("Does not want to pay"),
    CallCause.UNKNOWN: msgid("Not known"),
}
# Who answered says why it is unpaid; of nobody else can it be known.
NEEDS_CAUSE = frozenset({Outcome.REACHED, Outcome.PROMISE, Outcome.DISPUTE, Outcome.REFUSED})
PROPOSALS = {"agency": ProposalKind.REFERRAL, "agency_or_write_off": ProposalKind.EITHER}


def may_call(role: Role, channel: Channel) -> bool:
    """Say whether somebody may make a call: an escalation is a supervisor's."""
    return channel is not Channel.SUPERVISOR_CALL or role in (Role.SUPERVISOR, Role.ADMIN)


def ends_step(outcome: Outcome, *, attempts: int, patience: int) -> bool:
    """Say whether a call is the step's last: somebody was spoken to, or it was tried as often as the plan has
    patience. `attempts` counts this call."""
    return outcome not in UNANSWERED or attempts >= patience
