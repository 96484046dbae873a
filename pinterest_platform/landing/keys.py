"""Names of landing objects: `topics/<topic>/partition=<n>/<topic>+<n>+<start offset>.json`, optionally compressed.

Writers pad the start offset with zeros (10 digits by the Confluent sink, 20 by others). It is parsed, and its width is
never assumed. Sinks may use other folders than `partition=<n>` and `topics`; the name is the same everywhere. The
parser reads the contents of objects.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

TOPICS = "topics"
_PARTITION = "partition="
_SUFFIX = ".json"
#: Suffixes of compressed objects, after the offset.
GZIP, ZSTD, BZIP2 = ".json.gz", ".json.zst", ".json.bz2"
_COMPRESSED = (GZIP, ZSTD, BZIP2)
_SUFFIXES = frozenset({_SUFFIX, *_COMPRESSED})
#: Kafka numbers partitions with 32 bits.
_MAX_PARTITION = 2**31 - 1
#: No broker reaches this offset, and sums with it still fit into 64 bits.
MAX_OFFSET = 2**62


class LandingObject(NamedTuple):
    """One object: `size` in bytes, `modified` in microseconds since the epoch by the store's clock.

    `etag` identifies its content, if the store supports that. This is a named tuple rather than a dataclass because a
    partition may have hundreds of thousands of objects, created and sorted for each listing.
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
    """The partition that a folder name encodes, or None if it is not a partition folder."""
    digits = folder.removeprefix(_PARTITION)
    if not (digits.isascii() and digits.isdigit()) or int(digits) > _MAX_PARTITION:
        return None
    return int(digits) if folder == partition_folder(int(digits)) else None


def topic_prefix(topic: str, topics_dir: str = TOPICS) -> str:
    """The common prefix of a topic's keys. `topics_dir` is empty if topics are in the landing zone itself."""
    return f"{topics_dir}/{topic}/" if topics_dir else f"{topic}/"


def partition_prefix(topic: str, partition: int, topics_dir: str = TOPICS) -> str:
    return f"{topic_prefix(topic, topics_dir)}{partition_folder(partition)}/"


def object_key(topic: str, partition: int, start_offset: int, pad: int = 10, topics_dir: str = TOPICS) -> str:
    """Key of the object whose first record has `start_offset`, padded to `pad` digits."""
    folder = partition_prefix(topic, partition, topics_dir)
    return f"{folder}{name_prefix(topic, partition)}{start_offset:0{pad}d}{_SUFFIX}"


def name_prefix(topic: str, partition: int) -> str:
    """The common prefix of the object names of a partition."""
    return f"{topic}+{partition}+"


def offset_digits(key: str) -> int:
    """The number of digits of the start offset in the key of a landing object."""
    begin = key.rindex("+") + 1
    return key.index(".", begin) - begin


def is_compressed(key: str) -> bool:
    return key.endswith(_COMPRESSED)


def parse_start_offset(name: str, prefix: str) -> int | None:
    """Start offset in the last part of a key, given `name_prefix`; None if it does not name a landing object."""
    if not name.startswith(prefix):
        return None
    digits, dot, suffix = name[len(prefix) :].partition(".")
    return _offset(digits) if dot + suffix in _SUFFIXES else None


def parse_name(name: str, topic: str) -> tuple[int, int] | None:
    """Partition and start offset in the last part of a key; None if it does not name a landing object of the topic."""
    found = _names(topic).fullmatch(name)
    offset = _offset(found[2]) if found else None
    if found is None or offset is None or int(found[1]) > _MAX_PARTITION:
        return None
    return int(found[1]), offset


@cache
def _names(topic: str) -> re.Pattern[str]:
    suffixes = "|".join(map(re.escape, sorted(_SUFFIXES)))
    return re.compile(rf"{re.escape(topic)}\+(0|[1-9][0-9]*)\+([0-9]+)(?:{suffixes})")


def _offset(digits: str) -> int | None:
    if not (digits.isascii() and digits.isdigit()):
        return None
    offset = int(digits)
    return offset if offset <= MAX_OFFSET else None
