"""The API keeps what its own document promises, whatever is sent to it: no 5xx, no answer of another shape."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import response_schema_conformance

from server.access import operations as access
from server.core import clock
from server.core.database import transaction
from tests.shop import Shop

EXAMPLES = 6


@pytest.fixture
def key(shop: Shop) -> str:
    """An API key of a business with an invoice to be paid."""
    shop.invoice()
    with transaction() as session:
        return access.create_api_key(session, name="contract", now=clock.now())[1]


@pytest.mark.timeout(300)
def test_no_request_breaks_it_and_every_answer_is_as_documented(app: Flask, key: str) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    broken = []
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) > 30
    for operation in operations:

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def holds(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(
                headers={"Authorization": f"Bearer {key}"}, checks=[not_a_server_error, response_schema_conformance]
            )

        try:
            holds()
        except BaseExceptionGroup as difference:
            broken.append(f"{operation.label}: {difference.exceptions}")
    assert not broken, "\n\n".join(broken)
