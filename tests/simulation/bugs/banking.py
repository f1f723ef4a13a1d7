"""Mistakes about currencies, statements of the bank, and money that is held."""

from __future__ import annotations

from server.core import money
from server.payments.operations import paying_out
from server.statements import queries as lines
from server.statements import rules as reading
from tests.simulation.bugs.planting import plant, put, times


@plant
def take_each_currency_for_hundredths() -> None:
    """Amounts are hundredths, also of what has no decimals, or three."""
    put(money, "exponent", lambda currency: 2)


@plant
def count_a_line_each_time_it_is_shown() -> None:
    """What the bank shows is counted again with every file that shows it."""
    again = times()
    put(reading, "line_keys", lambda moved: [again() for _ in moved])


@plant
def count_a_transfer_that_was_written_down_again() -> None:
    """What the bank shows is counted, also where somebody told of it before."""
    put(lines, "find_recorded", lambda *_: None)


@plant
def pay_out_what_is_not_held() -> None:
    """Nobody looks at how much is held for a customer before it is paid out to them."""
    put(paying_out, "_require_held", lambda *_, **__: None)
