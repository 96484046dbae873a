"""Which versions of a table are whole: their log can be read, and their data files are there.

A copy of a lake, by replication or from a backup, may have newer files and lack older ones: S3 replicates objects in no
order. What is not whole is not damage of the log alone, so here it is looked at what each version is made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote

import duckdb

from pinterest_platform.lake.actions import Action, checkpointed, committed
from pinterest_platform.lake.log import Log, commit_damage, commit_name

#: A checkpoint that has all in itself; the log of Delta's other kind names further files.
_CLASSIC = re.compile(r"\d{20}\.checkpoint(?:\.\d{10}\.\d{10})?\.parquet")


@dataclass(frozen=True)
class Version:
    """A version of a table that the log tells: when it was committed, where its commit is there to say so, and how many
    of its data files are lost or not of their size."""

    number: int
    committed: datetime | None
    lost: int

    @property
    def is_whole(self) -> bool:
        return not self.lost


def versions(db: duckdb.DuckDBPyConnection, log: Log, uri: str) -> Iterator[Version]:
    """The versions of the table at `uri` that can be read from its log, in order.

    Raises:
        S3Error: the storage refuses.
    """
    there = log.storage.files(uri)
    lost: set[str] | None = set()
    for number in range(log.newest + 1):
        content = log.storage.read(log.folder, commit_name(number))
        actions = [] if commit_damage(number, content) else list(committed(content))
        names = log.checkpoints.get(number, ())
        if names and number not in log.damaged_checkpoints and all(map(_CLASSIC.fullmatch, names)):
            lost = set()
            for name in names:
                _follow(checkpointed(db, f"{log.folder}/{name}"), there, lost)
        elif lost is None or not actions:
            lost = None
            continue
        else:
            _follow(actions, there, lost)
        yield Version(number, _moment(actions), len(lost))


def _follow(actions: Iterable[Action], there: Mapping[str, int], lost: set[str]) -> None:
    """Keep in `lost` which data files of a version are not there as the log says."""
    for action in actions:
        if added := action.get("add"):
            name = unquote(added["path"])
            if "/" not in name and there.get(name) != added["size"]:
                lost.add(name)
        if removed := action.get("remove"):
            lost.discard(unquote(removed["path"]))


def _moment(actions: Iterable[Action]) -> datetime | None:
    """When a commit was made, as it says itself."""
    stamps = (action["commitInfo"].get("timestamp") for action in actions if "commitInfo" in action)
    return next((datetime.fromtimestamp(stamp / 1000, UTC) for stamp in stamps if stamp), None)
