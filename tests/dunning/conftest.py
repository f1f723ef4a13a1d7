"""A business that chases."""

import pytest
from sqlalchemy.orm import Session

from tests.dunning.chase import Chase


@pytest.fixture
def chase(session: Session) -> Chase:
    """A business with one customer, before any invoice."""
    return Chase(session)
