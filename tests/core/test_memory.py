"""The garbage collector rests where it is told to, and nowhere else."""

from __future__ import annotations

import gc

import pytest

from server.core.memory import uncollected


def test_garbage_is_looked_for_again_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), uncollected():
        assert not gc.isenabled()
        raise ZeroDivisionError
    assert gc.isenabled()


def test_whoever_rests_inside_another_does_not_wake_it() -> None:
    with uncollected():
        with uncollected():
            pass
        assert not gc.isenabled()
