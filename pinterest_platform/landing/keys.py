"""Names of landing objects: `topics/<topic>/partition=<n>/<topic>+<n>+<start offset>.json`.

The start offset is zero-padded by whoever writes (10 digits by the Confluent sink, 20 by others): it is parsed, its
width never assumed. What is in an object is the parser's business.
"""

from __future__ import annotations

from typing import NamedTuple

TOPICS = "topics"
_PARTITION = "partition="
_SUFFIX = ".json"
#: Kafka numbers partitions with 32 bits.
_MAX_PARTITION = 2**31 - 1
#: No broker reaches it, and sums with it still fit 64 bits.
MAX_OFFSET = 2**62


class LandingObject(NamedTuple):
    """One object. `size` in bytes; `modified` in microseconds since the epoch, by the store's clock; `etag` names its
    content, where the store says.

    A named tuple rather than a dataclass: a partition may hold hundreds of thousands, made and sorted at each look.
    """

    partition: int
    start_offset: int
    key: str
    size: int
    modified: int
    etag: str = ""


def partition_folder(partition: int) -> str:
    return f"{_PARTITION}{partition}"


def parse_partition(folder: str) -> int | None:
    """Partition named by a folder, or None if the folder is not one of a partition."""
    digits = folder.removeprefix(_PARTITION)
    if not (digits.isascii() and digits.isdigit()) or int(digits) > _MAX_PARTITION:
        return None
    return int(digits) if folder == partition_folder(int(digits)) else None


def partition_prefix(topic: str, partition: int) -> str:
    return f"{TOPICS}/{topic}/{partition_folder(partition)}/"


def object_key(topic: str, partition: int, start_offset: int, pad: int = 10) -> str:
    """Key of the object whose first record has `start_offset`, padded to `pad` digits."""
    return f"{partition_prefix(topic, partition)}{name_prefix(topic, partition)}{start_offset:0{pad}d}{_SUFFIX}"


def name_prefix(topic: str, partition: int) -> str:
    """What the names of a partition's objects begin with."""
    return f"{topic}+{partition}+"


def offset_digits(key: str) -> int:
    """In how many digits the key of a landing object has its start offset."""
    return len(key) - len(_SUFFIX) - key.rindex("+") - 1


def parse_start_offset(name: str, prefix: str) -> int | None:
    """Start offset named by the last part of a key, given `name_prefix`; None if it names no landing object."""
    if not (name.startswith(prefix) and name.endswith(_SUFFIX)):
        return None
    digits = name[len(prefix) : -len(_SUFFIX)]
    if not (digits.isascii() and digits.isdigit()):
        return None
    offset = int(digits)
    return offset if offset <= MAX_OFFSET else None
