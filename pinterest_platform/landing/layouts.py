"""In which folders sinks put the objects of a topic: by partition, by time, by a field, or in none.

The Connect sink gives objects the same names whatever its partitioner, so topic, partition and offset are read from
the name. The layout only tells where to look. How it is listed is `zone`'s.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from pinterest_platform.landing.keys import parse_partition
from pinterest_platform.landing.store import Level

#: A folder by its date or a part of it: year=2026, date=2026-11-28, 2026.
_DATE = re.compile(r"(?:[A-Za-z_]+=)?[0-9]{1,4}(?:-?[0-9]{2}){0,4}")
_FIRST_DATE = re.compile(r"(?:(?:year|yyyy|y|date|day|dt|ds)=)?(?:19|20)[0-9]{2}(?:-?[0-9]{2}){0,4}", re.IGNORECASE)


class Layout(StrEnum):
    """Which folders a topic has. `TIME` is one that has more as time goes on, so that the newest are found by their
    names; `FIELD` is any other, where each folder may get objects at any time."""

    PARTITION = "partition"
    TIME = "time"
    FIELD = "field"


#: What is said of each to people.
WORDS = {
    Layout.PARTITION: "folders of partitions",
    Layout.TIME: "folders of times",
    Layout.FIELD: "folders of a field, or none",
}


def found_layout(level: Level) -> Layout | None:
    """The layout of a topic by what lies in its folder; None where nothing does. Where there are folders of partitions,
    others beside them are not of the sink."""
    if partitions_of(level):
        return Layout.PARTITION
    if not (level.folders or level.names):
        return None
    return Layout.TIME if level.folders and all(map(_FIRST_DATE.fullmatch, level.folders)) else Layout.FIELD


def partitions_of(level: Level) -> Sequence[int]:
    """The partitions whose folders these are, ascending."""
    found = [parse_partition(name) for name in level.folders]
    return sorted(number for number in found if number is not None)


def beside_partitions(prefix: str, level: Level) -> Sequence[str]:
    """What else is in the folder of a topic, as keys; folders with a slash."""
    folders = [f"{prefix}{name}/" for name in level.folders if parse_partition(name) is None]
    return [*folders, *(prefix + name for name in level.names)]


def by_date(folders: Sequence[str]) -> list[str]:
    """Those of the folders that are named by a date or a part of it, oldest first, however it is padded."""
    dates = [name for name in folders if _DATE.fullmatch(name)]
    return sorted(dates, key=lambda name: [int(number) for number in re.findall("[0-9]+", name)])


def is_day(path: str) -> bool:
    """Whether folders, from that of the topic on, say a day at least: year, month and day have eight digits."""
    return len(re.sub("[^0-9]", "", path)) >= len("20261128")
