"""The desk's pages over HTTP."""

from server.office.routes import equipment, money, numbers, settings, work
from server.office.routes.desk import blueprint, set_up

__all__ = ["blueprint", "equipment", "money", "numbers", "set_up", "settings", "work"]
from server.office.routes import at_reader

__all__ = ["at_reader", "blueprint", "equipment", "money", "set_up", "settings", "work"]
