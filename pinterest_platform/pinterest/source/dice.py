"""Random numbers that depend only on a seed and a label, not on the machine, the Python version or the hash seed.

All random values in this package come from here. Draws are independent of each other, so any part of the source can be
generated without the parts before it.
"""

from __future__ import annotations

import struct
from hashlib import shake_128


def roll(count: int, *label: object) -> tuple[int, ...]:
    """`count` numbers from 0 to 2**32 - 1. The same label gives the same numbers, and a larger count only adds to
    them."""
    return struct.unpack(f"<{count}I", roll_bytes(4 * count, *label))


def roll_bytes(count: int, *label: object) -> bytes:
    """`count` bytes for this label."""
    return shake_128("/".join(map(str, label)).encode()).digest(count)


def shuffled(count: int, *label: object) -> list[int]:
    """The numbers 0 to `count` - 1, in an order that depends on this label."""
    return sorted(range(count), key=roll(count, *label).__getitem__)
