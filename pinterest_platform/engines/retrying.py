"""Retries after a conflict with another writer, or after an object was replaced while it was read."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from pinterest_platform.lake.errors import LakeConflictError
from pinterest_platform.landing.batches import ChangedWhileReadError
from pinterest_platform.landing.store import LandingError

#: After a conflict, another writer has made progress. So many conflicts in a row have another cause.
_ATTEMPTS = 30

T = TypeVar("T")


def until_no_conflict(attempt: Callable[[], T]) -> T:
    """Repeat `attempt` as long as another writer or a replaced object interferes."""
    for number in range(1, _ATTEMPTS + 1):
        try:
            return attempt()
        except LakeConflictError:
            if number == _ATTEMPTS:
                raise
        except ChangedWhileReadError as error:
            if number == _ATTEMPTS:
                raise LandingError(f"landing zone: {error} changes faster than it can be read.") from error
        time.sleep(random.uniform(0, min(0.05 * number, 1)))
    raise AssertionError("the last attempt returns or raises")
