"""How a mistake is planted: it replaces what is there by name, so a name that is no longer there is found at once."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable
from typing import Any

Plant = Callable[[], None]
PLANTS: list[Plant] = []


def plant(bug: Plant) -> Plant:
    """Add a mistake to the list."""
    PLANTS.append(bug)
    return bug


def put(place: Any, name: str, wrong: Any) -> Any:
    """Put something else in a place; return what was there."""
    right = getattr(place, name)
    setattr(place, name, wrong)
    return right


def times() -> Callable[[], str]:
    """Return what says something else each time."""
    numbers = itertools.count(1)
    return lambda: f"{uuid.uuid4()}-{next(numbers)}"
