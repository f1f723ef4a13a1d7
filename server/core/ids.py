"""Ids: a prefix that says what it is, then a UUIDv7 (RFC 9562), so that ids sort by the moment they were made."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime


def new(prefix: str, *, now: datetime) -> str:
    """Return a fresh id such as `inv_0192f0c1d2e37a4b8c5d6e7f80912a3b`."""
    milliseconds = int(now.timestamp() * 1000)
    value = milliseconds << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return f"{prefix}_{value:032x}"


def derived(prefix: str, *parts: str) -> str:
    """Return the id that always follows from these parts: doing the same thing twice meets the same unique key."""
    return f"{prefix}_{uuid.uuid5(uuid.NAMESPACE_OID, '|'.join(parts)).hex}"
