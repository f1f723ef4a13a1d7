"""The sandbox's own time: the machine's clock plus an offset that only grows."""

import time


class Clock:
    """Seconds since the epoch, as Stripe counts them, moved forward by `advance`."""

    def __init__(self, offset_seconds: float = 0) -> None:
        self.offset_seconds = self._first_offset_seconds = offset_seconds

    def now(self) -> float:
        """Seconds since the epoch, with the offset."""
        return time.time() + self.offset_seconds

    def advance(self, seconds: float) -> None:
        """Move forward. Time never goes back: what was due stays due."""
        self.offset_seconds += seconds

    def reset(self) -> None:
        """Go back to the start, for a sandbox that forgot everything."""
        self.offset_seconds = self._first_offset_seconds
