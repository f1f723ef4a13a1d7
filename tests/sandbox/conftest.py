"""A sandbox of its own for every test."""

from collections.abc import Iterator

import pytest

from server.sandbox.serve import Sandbox
from tests.sandbox.bench import Bench


@pytest.fixture
def bench() -> Iterator[Bench]:
    """A fresh sandbox on a free port, and what drives it."""
    sandbox = Sandbox.start()
    yield Bench(sandbox)
    sandbox.stop()
