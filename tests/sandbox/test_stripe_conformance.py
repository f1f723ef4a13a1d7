"""The sandbox against the installed SDK: the parameters it takes, and the shape of what it answers."""

from contextlib import suppress
from typing import Any

import pytest
import requests
import stripe
from stripe._request_options import RequestOptions

from server.sandbox import endpoints, parameters
from tests.sandbox import scenes
from tests.sandbox.bench import KEY, Bench
from tests.sandbox.shapes import complaints

# Every call of the SDK that is served, with the ids it takes.
CALLS = [
    ("accounts.retrieve_current", 0),
    ("balance.retrieve", 0),
    ("terminal.locations.create", 0),
    ("terminal.locations.retrieve", 1),
    ("terminal.locations.list", 0),
    ("terminal.locations.update", 1),
    ("terminal.configurations.create", 0),
    ("terminal.configurations.retrieve", 1),
    ("terminal.configurations.list", 0),
    ("terminal.configurations.update", 1),
    ("terminal.configurations.delete", 1),
    ("terminal.connection_tokens.create", 0),
    ("terminal.readers.create", 0),
    ("terminal.readers.retrieve", 1),
    ("terminal.readers.list", 0),
    ("terminal.readers.delete", 1),
    ("terminal.readers.process_payment_intent", 1),
    ("terminal.readers.refund_payment", 1),
    ("terminal.readers.set_reader_display", 1),
    ("terminal.readers.collect_inputs", 1),
    ("test_helpers.terminal.readers.succeed_input_collection", 1),
    ("test_helpers.terminal.readers.timeout_input_collection", 1),
    ("terminal.readers.process_setup_intent", 1),
    ("customers.create", 0),
    ("customers.retrieve", 1),
    ("customers.list", 0),
    ("customers.update", 1),
    ("payment_methods.retrieve", 1),
    ("payment_methods.list", 0),
    ("payment_methods.attach", 1),
    ("payment_methods.detach", 1),
    ("setup_intents.create", 0),
    ("setup_intents.retrieve", 1),
    ("setup_intents.list", 0),
    ("setup_intents.cancel", 1),
    ("disputes.retrieve", 1),
    ("disputes.list", 0),
    ("disputes.update", 1),
    ("disputes.close", 1),
    ("payouts.retrieve", 1),
    ("payouts.list", 0),
    ("files.create", 0),
    ("files.retrieve", 1),
    ("files.list", 0),
    ("terminal.readers.cancel_action", 1),
    ("test_helpers.terminal.readers.present_payment_method", 1),
    ("payment_intents.create", 0),
    ("payment_intents.retrieve", 1),
    ("payment_intents.list", 0),
    ("payment_intents.search", 0),
    ("payment_intents.update", 1),
    ("payment_intents.confirm", 1),
    ("payment_intents.cancel", 1),
    ("payment_intents.capture", 1),
    ("charges.retrieve", 1),
    ("charges.list", 0),
    ("refunds.create", 0),
    ("refunds.retrieve", 1),
    ("refunds.list", 0),
    ("balance_transactions.retrieve", 1),
    ("balance_transactions.list", 0),
    ("checkout.sessions.create", 0),
    ("checkout.sessions.retrieve", 1),
    ("checkout.sessions.list", 0),
    ("checkout.sessions.expire", 1),
    ("events.retrieve", 1),
    ("events.list", 0),
    ("webhook_endpoints.create", 0),
    ("webhook_endpoints.retrieve", 1),
    ("webhook_endpoints.list", 0),
    ("webhook_endpoints.update", 1),
    ("webhook_endpoints.delete", 1),
]


def _method(bench: Bench, name: str) -> Any:
    found = bench.stripe
    for part in name.split("."):
        found = getattr(found, part)
    return found


def _endpoint(bench: Bench, name: str, ids: int) -> endpoints.Endpoint:
    """Where the SDK sends a call, seen in the journal."""
    with suppress(stripe.InvalidRequestError):
        _method(bench, name)(*["some_id"] * ids, {})
    call = bench.control("GET", "journal")["items"][-1]
    found = endpoints.match(call["method"], call["path"])
    assert found is not None, call
    return found[0]


def test_every_endpoint_takes_the_parameters_of_the_sdks_call(bench: Bench) -> None:
    served = set()
    for name, ids in CALLS:
        endpoint = _endpoint(bench, name, ids)
        wanted = str(_method(bench, name).__func__.__annotations__["params"])
        assert f"'{endpoint.params.split('.')[-1]}'" in wanted or endpoint.params.split(".")[-1] == wanted, name
        typed = parameters.named(endpoint.params)
        assert set(parameters.accepted(typed)) == set(typed.__annotations__) - set(RequestOptions.__annotations__)
        served.add(endpoint)
    assert served == set(endpoints.ENDPOINTS)


@pytest.mark.parametrize(("name", "ids"), CALLS)
def test_an_unknown_parameter_is_refused_everywhere(bench: Bench, name: str, ids: int) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        _method(bench, name)(*["some_id"] * ids, {"colour": "red"})
    assert refused.value.code == "parameter_unknown"


def test_what_the_sdk_requires_is_required(bench: Bench) -> None:
    for endpoint in endpoints.ENDPOINTS:
        for name in parameters.required(parameters.named(endpoint.params)):
            address = f"{bench.url}{endpoint.path.replace('*', 'some_id')}"
            told = {"Authorization": f"Bearer {KEY}"}
            error = requests.request(endpoint.method, address, headers=told, timeout=10).json()["error"]
            assert (error["code"], endpoint.params) == ("parameter_missing", endpoint.params)
            assert error["param"] in parameters.required(parameters.named(endpoint.params)), name


def test_every_answer_has_the_shape_of_the_sdks_class(bench: Bench) -> None:
    things = scenes.everything(bench)
    wrong = [complaint for thing in things for complaint in complaints(type(thing), thing.to_dict())]
    assert wrong == []


def test_the_shape_check_notices_what_is_missing_or_invented() -> None:
    location = {"id": "tml_1", "object": "terminal.location", "display_name": "A", "livemode": False, "metadata": {}}
    wrong = complaints(stripe.terminal.Location, location | {"colour": "red", "address": {"city": 5}})
    assert wrong == ["Location.colour is not Stripe's", "Location.address.city: 5 is not <class 'str'>"]
    assert complaints(stripe.terminal.Location, location) == ["Location.address is missing"]
