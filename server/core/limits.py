"""Rate limits on what anybody may call: guessing a password or a pairing code must not pay.

Each process counts for itself, in memory, by the caller's address; `docs/scaling.md` says what that means for many.
"""

from __future__ import annotations

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

limiter = Limiter(get_remote_address, storage_uri="memory://", strategy="moving-window", headers_enabled=True)
GUESSES = "20 per minute"
# What a customer asks for on their page writes a message each time.
REQUESTS = "30 per hour"
