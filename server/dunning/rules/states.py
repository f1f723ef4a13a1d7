"""Where a case and an action may stand, and how they go from one state to another."""

from __future__ import annotations

from enum import StrEnum

# Who moved a case where no person did.
PLANNER = "planner"


class Status(StrEnum):
    """Where a case stands. `paused` is never stored: a case rests while a hold is in force, whatever its state."""

    PRE_DUE = "pre_due"
    ACTIVE = "active"
    PAUSED = "paused"
    FINAL_DEMAND = "final_demand"
    REFERRAL_PENDING = "referral_pending"
    REFERRED = "referred"
    WRITE_OFF_PENDING = "write_off_pending"
    CLOSED = "closed"


class Ending(StrEnum):
    """Why a case is closed."""

    PAID = "paid"
    SETTLED = "settled"
    CREDITED = "credited"
    WRITTEN_OFF = "written_off"
    RECOVERED = "recovered"
    TIME_BARRED = "time_barred"


class ActionStatus(StrEnum):
    """What became of a step.

    `planned`: a person has to do it. `claimed`: somebody is at it, or its message is on its way. `missed`: it belonged
    before a day that is over. `failed`: its message never arrived, so that the step is still to be taken.
    """

    PLANNED = "planned"
    CLAIMED = "claimed"
    DONE = "done"
    SKIPPED = "skipped"
    MISSED = "missed"
    FAILED = "failed"
    CANCELLED = "cancelled"


_MOVES = {
    Status.PRE_DUE: {Status.ACTIVE, Status.CLOSED},
    Status.ACTIVE: {Status.FINAL_DEMAND, Status.REFERRAL_PENDING, Status.WRITE_OFF_PENDING, Status.CLOSED},
    Status.FINAL_DEMAND: {Status.REFERRAL_PENDING, Status.WRITE_OFF_PENDING, Status.CLOSED},
    Status.REFERRAL_PENDING: {
        Status.ACTIVE,
        Status.FINAL_DEMAND,
        Status.REFERRED,
        Status.WRITE_OFF_PENDING,
        Status.CLOSED,
    },
    Status.REFERRED: {Status.ACTIVE, Status.FINAL_DEMAND, Status.WRITE_OFF_PENDING, Status.CLOSED},
    Status.WRITE_OFF_PENDING: {
        Status.ACTIVE,
        Status.FINAL_DEMAND,
        Status.REFERRAL_PENDING,
        Status.REFERRED,
        Status.CLOSED,
    },
    # A debt that comes back opens its case again; money after a write-off only changes why it is closed.
    Status.CLOSED: {Status.ACTIVE, Status.CLOSED},
}
# While a person decides, or somebody else collects, nothing goes out from here.
QUIET = frozenset({Status.REFERRAL_PENDING, Status.REFERRED, Status.WRITE_OFF_PENDING})
_ACTION_MOVES = {
    ActionStatus.PLANNED: {
        ActionStatus.CLAIMED,
        ActionStatus.DONE,
        ActionStatus.SKIPPED,
        ActionStatus.MISSED,
        ActionStatus.CANCELLED,
    },
    ActionStatus.CLAIMED: {
        ActionStatus.PLANNED,
        ActionStatus.DONE,
        ActionStatus.SKIPPED,
        ActionStatus.FAILED,
        ActionStatus.CANCELLED,
    },
    ActionStatus.FAILED: {ActionStatus.PLANNED, ActionStatus.CLAIMED, ActionStatus.CANCELLED},
    # What could not be done for want of an address, or was taken back before it went, may be done once it can.
    ActionStatus.SKIPPED: {ActionStatus.PLANNED, ActionStatus.CLAIMED},
    ActionStatus.CANCELLED: {ActionStatus.PLANNED, ActionStatus.CLAIMED},
}
# Still to be done by somebody, or under way.
OPEN_ACTIONS = frozenset({ActionStatus.PLANNED, ActionStatus.CLAIMED})


def ending(*, paid_minor: int, credited_minor: int, written_off: bool, reinstated: bool, time_barred: bool) -> Ending:
    """Return why a debt is owed no more, from what the books took off it since its case began.

    What was let go is written off, or time-barred where it could not be sued for; what was owed again after that and
    paid is recovered. Of the rest: paid, credited (nothing was paid), or settled, a part paid and a part credited.
    """
    if written_off:
        return Ending.TIME_BARRED if time_barred else Ending.WRITTEN_OFF
    if reinstated:
        return Ending.RECOVERED
    if not credited_minor:
        return Ending.PAID
    return Ending.SETTLED if paid_minor else Ending.CREDITED


def may_become(status: Status, wanted: Status) -> bool:
    """Say whether a case may go from one state to another."""
    return wanted in _MOVES.get(status, ())


def may_act(status: ActionStatus, wanted: ActionStatus) -> bool:
    """Say whether an action may go from one state to another."""
    return wanted in _ACTION_MOVES.get(status, ())
