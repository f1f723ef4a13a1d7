"""What may happen to a visit, and when its day is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from server.core import money

# The largest sum of lines, in minor units: far above any visit, far below what a column holds.
LARGEST_SUBTOTAL_MINOR = 10**12


class Status(StrEnum):
    """Where a visit stands."""

    SCHEDULED = "scheduled"
    EN_ROUTE = "en_route"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANCELED = "canceled"


class When(StrEnum):
    """When a stage of the payment falls due."""

    ON_SIGNATURE = "on_signature"
    ON_DATE = "on_date"
    ON_MILESTONE = "on_milestone"


OPEN = frozenset({Status.SCHEDULED, Status.EN_ROUTE, Status.IN_PROGRESS})


def kept_stage(stage: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stage as the table keeps it: plain JSON."""
    percent, on = stage.get("percent"), stage.get("on")
    return {
        "label": stage["label"],
        "amount_minor": stage.get("amount_minor"),
        "percent": None if percent is None else str(percent),
        "when": stage["when"],
        "on": None if on is None else on.isoformat(),
    }


def up_front_percent(
    schedule: Sequence[Mapping[str, Any]], *, deposit_minor: int | None, subtotal_minor: int
) -> int | None:
    """Return how much of a job is asked for on signature, in whole percent of its price without taxes, rounded down;
    None where nothing is said of money before the work is done."""
    first = [stage for stage in schedule if stage["when"] == When.ON_SIGNATURE]
    if not schedule and not deposit_minor:
        return None
    asked = sum((Decimal(stage["percent"]) for stage in first if stage.get("percent") is not None), Decimal(0))
    fixed_minor = sum(stage.get("amount_minor") or 0 for stage in first) or (0 if schedule else deposit_minor or 0)
    if fixed_minor:
        asked += Decimal(fixed_minor) * 100 / subtotal_minor if subtotal_minor else 100
    return int(asked)


def house_deposit(percent: int) -> list[dict[str, Any]]:
    """Return the schedule the house sets by itself: one stage, which has no label, on signature."""
    return [{"label": "", "amount_minor": None, "percent": str(percent), "when": When.ON_SIGNATURE.value, "on": None}]


def is_house_deposit(schedule: Sequence[Mapping[str, Any]]) -> bool:
    """Say whether the house set a schedule by itself: what people say has a label."""
    return [stage["label"] for stage in schedule] == [""]


def stages(
    schedule: Sequence[Mapping[str, Any]], *, deposit_minor: int | None, total_minor: int
) -> list[dict[str, Any]]:
    """Return what is to be paid before the work is done, with every amount in minor units: the schedule's stages, or
    the deposit alone (which has no label of its own) where there is no schedule."""
    said = schedule or (
        [{"label": "", "amount_minor": deposit_minor, "when": When.ON_SIGNATURE}] if deposit_minor else []
    )
    return [
        {
            "position": position,
            "label": stage["label"],
            "amount_minor": stage.get("amount_minor") or money.share(total_minor, Decimal(stage["percent"]) / 100),
            "when": stage["when"],
            "on": stage.get("on"),
        }
        for position, stage in enumerate(said, start=1)
    ]


def day_bounds(day: date, time_zone: str) -> tuple[datetime, datetime]:
    """Return a day of a time zone as UTC moments, from its first to just after its last: 23 to 25 hours apart."""
    zone = ZoneInfo(time_zone)
    first = datetime.combine(day, time(), tzinfo=zone)
    after = datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)
    return first.astimezone(UTC), after.astimezone(UTC)


def tax_moment(*, scheduled_at: datetime, completed_at: datetime | None) -> datetime:
    """Return the moment whose rates apply: when the work was done, or is planned to be."""
    return completed_at or scheduled_at
