"""A business that chases."""

import pytest
from sqlalchemy.orm import Session

from server.core.database import transaction
from tests import quebec
from tests.dunning.chase import Chase
from tests.shop import Shop


@pytest.fixture
def chase(session: Session) -> Chase:
    """A business with one customer, before any invoice."""
    return Chase(session)


@pytest.fixture(name="shop")
def chasing_shop(shop: Shop) -> Shop:
    """A business at work that chases."""
    with transaction() as session:
        quebec.start_chasing(session, now=shop.now())
    return shop
