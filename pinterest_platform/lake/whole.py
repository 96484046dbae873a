"""Which versions of a table are complete: their log can be read, and all their data files exist.

A replica or backup of a lake may have newer files and lack older ones, because S3 replicates objects in no order. The
log alone does not show this, so this module checks the files of each version.
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

#: A self-contained checkpoint. The other kind of Delta checkpoint refers to further files.
_CLASSIC = re.compile(r"\d{20}\.checkpoint(?:\.\d{10}\.\d{10})?\.parquet")


@dataclass(frozen=True)
class Version:
    """A version of a table that the log can reconstruct, and how many of its data files are lost or have the wrong
    size.

    `committed` is None if the commit itself is gone.
    """

    number: int
    committed: datetime | None
    lost: int

    @property
    def is_whole(self) -> bool:
        return not self.lost


def versions(db: duckdb.DuckDBPyConnection, log: Log, uri: str) -> Iterator[Version]:
    """The versions of the table at `uri` that can be reconstructed from its log, in order.

    Raises:
        S3Error: a request to the storage failed.
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
    """Update `lost`, the data files of a version that are missing or have another size than the log says."""
    for action in actions:
        if added := action.get("add"):
            name = unquote(added["path"])
            if "/" not in name and there.get(name) != added["size"]:
                lost.add(name)
        if removed := action.get("remove"):
            lost.discard(unquote(removed["path"]))


def _moment(actions: Iterable[Action]) -> datetime | None:
    """When a commit was made, according to the commit."""
    stamps = (action["commitInfo"].get("timestamp") for action in actions if "commitInfo" in action)
    return next((datetime.fromtimestamp(stamp / 1000, UTC) for stamp in stamps if stamp), None)
