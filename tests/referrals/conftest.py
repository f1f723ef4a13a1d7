"""A chase that has come to its end without money."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests.dunning.chase import Chase


@pytest.fixture
def chase(session: Session) -> Chase:
    return Chase(session)
