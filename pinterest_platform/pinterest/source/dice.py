"""Random numbers that depend on nothing but a seed and a label: not on the machine, the Python version or hash seed.

Everything in this package that is left to chance draws here. No draw depends on another one, so any part of the
source can be made without the parts before it.
"""

from __future__ import annotations

import struct
from hashlib import shake_128


def roll(count: int, *label: object) -> tuple[int, ...]:
    """`count` numbers from 0 to 2**32 - 1; the same label gives the same numbers, and more of them begin alike."""
    return struct.unpack(f"<{count}I", roll_bytes(4 * count, *label))


def roll_bytes(count: int, *label: object) -> bytes:
    """`count` bytes for this label."""
    return shake_128("/".join(map(str, label)).encode()).digest(count)


def shuffled(count: int, *label: object) -> list[int]:
    """The numbers 0 to `count` - 1 in the order that belongs to this label."""
    return sorted(range(count), key=roll(count, *label).__getitem__)
