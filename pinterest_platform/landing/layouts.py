"""Folder layouts in which sinks write the objects of a topic: by partition, by time, by a field, or flat.

The Connect sink names objects the same with every partitioner, so topic, partition and offset come from the name. The
layout only determines where to look. `zone` lists each layout.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from pinterest_platform.landing.keys import parse_partition
from pinterest_platform.landing.store import Level

#: A folder named by a date or a part of one: year=2026, date=2026-11-28, 2026.
_DATE = re.compile(r"(?:[A-Za-z_]+=)?[0-9]{1,4}(?:-?[0-9]{2}){0,4}")
_FIRST_DATE = re.compile(r"(?:(?:year|yyyy|y|date|day|dt|ds)=)?(?:19|20)[0-9]{2}(?:-?[0-9]{2}){0,4}", re.IGNORECASE)


class Layout(StrEnum):
    """The folders of a topic.

    In a `TIME` layout new folders appear over time, so names identify the newest ones. `FIELD` is any other layout,
    where every folder may receive objects at any time.
    """

    PARTITION = "partition"
    TIME = "time"
    FIELD = "field"


#: Names of the layouts in messages.
WORDS = {
    Layout.PARTITION: "partition folders",
    Layout.TIME: "time folders",
    Layout.FIELD: "field folders or no folders",
}


def found_layout(level: Level) -> Layout | None:
    """The layout of a topic, derived from the contents of its folder; None if the folder is empty.

    If there are partition folders, any other folders are not from the sink.
    """
    if partitions_of(level):
        return Layout.PARTITION
    if not (level.folders or level.names):
        return None
    return Layout.TIME if level.folders and all(map(_FIRST_DATE.fullmatch, level.folders)) else Layout.FIELD


def partitions_of(level: Level) -> Sequence[int]:
    """The partitions with folders here, ascending."""
    found = [parse_partition(name) for name in level.folders]
    return sorted(number for number in found if number is not None)


def beside_partitions(prefix: str, level: Level) -> Sequence[str]:
    """Keys of everything else in the folder of a topic. Folders end with a slash."""
    folders = [f"{prefix}{name}/" for name in level.folders if parse_partition(name) is None]
    return [*folders, *(prefix + name for name in level.names)]


def by_date(folders: Sequence[str]) -> list[str]:
    """The folders named by a date or a part of one, oldest first, with any padding."""
    dates = [name for name in folders if _DATE.fullmatch(name)]
    return sorted(dates, key=lambda name: [int(number) for number in re.findall("[0-9]+", name)])


def is_day(path: str) -> bool:
    """Whether a path below a topic's folder specifies at least a day: year, month and day have eight digits."""
    return len(re.sub("[^0-9]", "", path)) >= len("20261128")
