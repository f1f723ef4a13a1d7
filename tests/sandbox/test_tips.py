"""Tips on the reader: offered by the configuration of its location, unless a payment skips them."""

from typing import Any

from tests.sandbox.bench import Bench


def test_a_reader_offers_the_tips_of_its_location_and_the_amount_takes_them_in(bench: Bench) -> None:
    tipping: Any = {"cad": {"percentages": [10, 20]}}
    made = bench.stripe.terminal.configurations.create({"tipping": tipping})
    reader, intent = bench.reader(), bench.intent()
    bench.stripe.terminal.locations.update(reader.location, {"configuration_overrides": made.id})
    config = {"tipping": {"amount_eligible": 1000}}
    bench.stripe.terminal.readers.process_payment_intent(
        reader.id, {"payment_intent": intent.id, "process_config": config}
    )
    bench.control("POST", f"readers/{reader.id}/tap", {"tip": 150}, status=400)
    bench.control("POST", f"readers/{reader.id}/tap", {"tip": 200})
    paid = bench.retrieve(intent.id)
    assert (paid.amount_received, paid.amount_details.tip.amount) == (intent.amount + 200, 200)


def test_a_payment_that_skips_tips_offers_none(bench: Bench) -> None:
    tipping: Any = {"cad": {"fixed_amounts": [300]}}
    made = bench.stripe.terminal.configurations.create({"tipping": tipping})
    reader = bench.reader()
    bench.stripe.terminal.locations.update(reader.location, {"configuration_overrides": made.id})
    for config, status in (({"skip_tipping": True}, 400), ({}, 200)):
        intent = bench.intent()
        bench.stripe.terminal.readers.process_payment_intent(
            reader.id, {"payment_intent": intent.id, "process_config": config}
        )
        bench.control("POST", f"readers/{reader.id}/tap", {"tip": 300}, status=status)
    assert bench.stripe.terminal.configurations.update(made.id, {"tipping": ""}).tipping is None
    assert bench.stripe.terminal.configurations.delete(made.id).deleted
    assert bench.stripe.terminal.configurations.list().data == []
