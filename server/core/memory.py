"""Memory: when Python looks for what nobody uses any more."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Let Python look for no garbage inside the block: for work that makes a hundred thousand things and needs them all
    to its end. To look through them again and again took a third of its time, and a sixth of what loading the product
    takes."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
