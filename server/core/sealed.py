"""Columns that say nothing without a key from the environment.

Messages and kept answers hold working pay links. They are encrypted (Fernet: AES-128-CBC and HMAC-SHA256), so that
whoever steals the database alone can neither read them nor put others in their place.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import LargeBinary
from sqlalchemy.types import TypeDecorator

from server.core import config


class SealedBytes(TypeDecorator[bytes]):
    """Bytes, encrypted in the database."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, _dialect: Any) -> bytes | None:
        """Encrypt on the way in."""
        return None if value is None else _lock(config.current().link_key).encrypt(value)

    def process_result_value(self, value: Any, _dialect: Any) -> bytes | None:
        """Decrypt on the way out. Raises InvalidToken where the key is another or the value was changed."""
        return None if value is None else _lock(config.current().link_key).decrypt(bytes(value))


class SealedText(TypeDecorator[str]):
    """Text, encrypted in the database."""

    impl = SealedBytes
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: Any) -> bytes | None:
        """Encrypt on the way in."""
        return None if value is None else value.encode()

    def process_result_value(self, value: Any, _dialect: Any) -> str | None:
        """Decrypt on the way out."""
        return None if value is None else bytes(value).decode()


@cache
def _lock(link_key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"sealed columns|" + link_key.encode()).digest()))
