"""Starting over after another writer came in between, or an object was re-sent while it was read."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from pinterest_platform.lake.errors import LakeConflictError
from pinterest_platform.landing.batches import ChangedWhileReadError
from pinterest_platform.landing.store import LandingError

#: A conflict means that another writer got something done; so many in a row mean something else is wrong.
_ATTEMPTS = 30

T = TypeVar("T")


def until_no_conflict(attempt: Callable[[], T]) -> T:
    """Repeat `attempt` while another writer or a re-sent object comes in between."""
    for number in range(1, _ATTEMPTS + 1):
        try:
            return attempt()
        except LakeConflictError:
            if number == _ATTEMPTS:
                raise
        except ChangedWhileReadError as error:
            if number == _ATTEMPTS:
                raise LandingError(f"landing zone: {error} changes faster than it can be read") from error
        time.sleep(random.uniform(0, min(0.05 * number, 1)))
    raise AssertionError("the last attempt returns or raises")
