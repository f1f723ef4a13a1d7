"""Mistakes that such a product easily makes, to be planted in its processes: one function each puts one in.

The simulation must find every one of them.
"""

from tests.simulation.bugs import banking, paying
from tests.simulation.bugs.planting import PLANTS, Plant

__all__ = ["PLANTS", "Plant", "banking", "paying"]
