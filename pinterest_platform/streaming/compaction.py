"""Joining small files of a table while batches go on: written beside them, committed between two of them.

What is worth joining, and how, is said by `lake.maintenance`.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from deltalake import DeltaTable

from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake import maintenance
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.files import DataFile, connect, discard, location
from pinterest_platform.lake.lake import Lake

#: Bytes joined at once: more would keep batches from the processor for seconds. At least twice what is a small file, so
#: that what comes out is none.
_MOST_BYTES = 48 * 2**20
_MEMORY = "256MB"
#: As nice(1) counts.
_LEAST_PRIORITY = 19

_log = logging.getLogger(__name__)


class Compaction:
    """Of the table at `address`."""

    def __init__(self, session: Session, address: str) -> None:
        self._session = session
        self._address = address
        self._names: list[str] = []
        self._joining: Future[list[DataFile]] | None = None
        self._pool = ThreadPoolExecutor(1, f"compact {address}", initializer=_give_way)

    def step(self, table: DeltaTable) -> None:
        """Begin to join the small files of the table, if there are many, or commit what is joined since the last step.
        Trouble is only logged: the rows are safe where they are."""
        if self._joining is None:
            self._names = maintenance.fragments(table, _MOST_BYTES)
            if self._names:
                self._joining = self._pool.submit(self._join, self._names)
        elif self._joining.done():
            joined, self._joining = self._joining, None
            try:
                maintenance.replace_files(table, self._names, joined.result())
            except LakeError as error:
                _log.warning("%s: not compacted this time: %s", location(table), error)

    def close(self, table: DeltaTable) -> None:
        """Drop what is joined and not committed."""
        self._pool.shutdown()
        if self._joining and not self._joining.exception():
            discard(table, self._joining.result())

    def _join(self, names: Sequence[str]) -> list[DataFile]:
        # Of its own: the table, because that of the batches is at work; the connection, so that its one thread, this
        # one, is all that it takes of the processor.
        lake = Lake(self._session.lake.root)
        with connect(_MEMORY, lake.storage) as db:
            db.execute("SET threads = 1")
            return maintenance.join_files(db, lake.require(self._address), names)


def _give_way() -> None:
    """Let other threads go first: what is to be joined may wait, what came may not. Only on Linux do threads differ."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LEAST_PRIORITY)
