"""Names of landing objects: `topics/<topic>/partition=<n>/<topic>+<n>+<start offset>.json`.

The start offset is zero-padded by whoever writes (10 digits by the Confluent sink, 20 by others): it is parsed, its
width never assumed. What is in an object is the parser's business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

TOPICS = "topics"
_KEY = re.compile(r"topics/(?P<topic>[^/]+)/partition=(?P<partition>\d{1,9})/(?P<name>[^/]+)\.json")
#: No broker reaches it, and sums with it still fit 64 bits.
MAX_OFFSET = 2**62


@dataclass(frozen=True, order=True)
class LandingObject:
    """One object. `size` in bytes; `modified` in microseconds since the epoch, by the store's clock."""

    partition: int
    start_offset: int
    key: str
    size: int
    modified: int


def partition_prefix(topic: str, partition: int) -> str:
    return f"{TOPICS}/{topic}/partition={partition}/"


def object_key(topic: str, partition: int, start_offset: int, pad: int = 10) -> str:
    """Key of the object whose first record has `start_offset`, padded to `pad` digits."""
    return f"{partition_prefix(topic, partition)}{topic}+{partition}+{start_offset:0{pad}d}.json"


def parse_start_offset(key: str) -> int | None:
    """Start offset named by `key`, or None if the key is not one of a landing object."""
    match = _KEY.fullmatch(key)
    if match is None:
        return None
    prefix = f"{match['topic']}+{match['partition']}+"
    digits = match["name"].removeprefix(prefix)
    if digits == match["name"] or not (digits.isascii() and digits.isdigit()):
        return None
    offset = int(digits)
    return offset if offset <= MAX_OFFSET else None
