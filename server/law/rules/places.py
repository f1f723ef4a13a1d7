"""Where a customer is, and which clocks go there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from babel.core import get_global

from server.law.rules.rows import Row, region_code, row_of

# The clocks of regions, where one is not all of the country's: more than one where a region has more than one.
_EAST, _CENTRAL = "America/New_York", "America/Chicago"
_MOUNTAIN, _PACIFIC = "America/Denver", "America/Los_Angeles"
_US = {
    _EAST: "CT DC DE GA MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV FL IN KY TN",
    _CENTRAL: "AL AR IA IL LA MN MO MS OK WI FL IN KY TN KS NE ND SD TX MI",
    _MOUNTAIN: "CO MT NM UT WY ID KS NE ND SD TX OR NV",
    _PACIFIC: "CA WA OR NV ID",
    "America/Phoenix": "AZ",
    "America/Anchorage": "AK",
    "America/Adak": "AK",
    "Pacific/Honolulu": "HI",
}
_CA = {
    "America/St_Johns": "NL",
    "America/Goose_Bay": "NL",
    "America/Halifax": "NS NB PE",
    "America/Toronto": "QC ON",
    "America/Blanc-Sablon": "QC",
    "America/Winnipeg": "MB ON",
    "America/Regina": "SK",
    "America/Edmonton": "AB NT BC SK",
    "America/Vancouver": "BC",
    "America/Fort_Nelson": "BC",
    "America/Whitehorse": "YT",
    "America/Iqaluit": "NU",
    "America/Rankin_Inlet": "NU",
    "America/Cambridge_Bay": "NU",
}
# Where nearly everybody of a region is by one clock, and only that one is meant unless somebody says otherwise.
_MOSTLY = {("CA", "QC"): "America/Toronto", ("CA", "ON"): "America/Toronto", ("CA", "BC"): "America/Vancouver"}


class Addressed(Protocol):
    """A customer or the seller, as far as where they are goes."""

    @property
    def country(self) -> str | None:
        """ISO 3166."""

    @property
    def region(self) -> str | None:
        """The province or state."""

    @property
    def time_zone(self) -> str | None:
        """The clock somebody said it goes by."""


class Customer(Addressed, Protocol):
    """A customer, with the addresses they gave."""

    @property
    def addresses(self) -> list[Any]:
        """Postal addresses on the wire's shape."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where somebody is: the row of the place, and every clock they may go by."""

    row: Row
    country: str | None
    region: str | None
    zones: tuple[str, ...]


def place_of(customer: Customer, seller: Addressed) -> Place:
    """Return where a customer is: where they say, else their first address, else where the seller is."""
    address: Mapping[str, Any] = customer.addresses[0] if customer.addresses else {}
    country = customer.country or address.get("country") or seller.country
    region = customer.region or address.get("region")
    clock = customer.time_zone
    if region is None and country == seller.country:
        region, clock = seller.region, clock or seller.time_zone
    zones = (clock,) if clock else zones_of(country, region) or (seller.time_zone or "UTC",)
    return Place(row=row_of(country, region), country=country, region=region_code(country, region), zones=zones)


@cache
def zones_of(country: str | None, region: str | None) -> tuple[str, ...]:
    """Return every clock of a region, or of the country where the region is not known."""
    code = region_code(country, region)
    if country is not None and (country, code) in _MOSTLY:
        return (_MOSTLY[country, code or ""],)
    known = {"US": _US, "CA": _CA}.get(country or "", {})
    found = tuple(zone for zone, codes in known.items() if code in codes.split())
    return found or tuple(known) or tuple(get_global("territory_zones").get(country or "", ()))
