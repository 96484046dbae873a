"""Computes how long to wait before a retry, and when to give up. The caller does the retries."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime

_FIRST, _LONGEST = 0.1, 10.0


class Backoff:
    """Waits between attempts: each is twice as long, with jitter, so clients that failed together do not retry
    together. `give_up` is in seconds since the last success."""

    def __init__(self, give_up: float) -> None:
        self._give_up = give_up
        self.succeeded()

    def succeeded(self) -> None:
        self._attempts, self._since = 0, time.monotonic()

    def next_delay(self, at_least: float = 0.0) -> float | None:
        """Seconds to wait before the next attempt, `at_least` the number that a server requested; None: give up."""
        longest = min(_FIRST * 2**self._attempts, _LONGEST)
        self._attempts += 1
        delay = max(at_least, random.uniform(longest / 2, longest))
        return delay if time.monotonic() + delay - self._since <= self._give_up else None


def retry_after(header: str | None, now: Callable[[], float] = time.time) -> float:
    """Seconds that an HTTP Retry-After header requests, as a number or a date; 0 if it is neither."""
    if header is None:
        return 0.0
    try:
        return max(0.0, float(header))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - now())
    except ValueError:
        return 0.0
