"""Compacts small files of a table while batches continue. A thread joins the files, and a commit between two batches
replaces them.

`lake.maintenance` decides which files to join, and joins them.
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

#: Bytes joined at once. More would keep batches from the processor for seconds. At least twice the size of a small
#: file, so that the joined file is not small.
_MOST_BYTES = 48 * 2**20
_MEMORY = "256MB"
#: A value of nice(1).
_LEAST_PRIORITY = 19

_log = logging.getLogger(__name__)


class Compaction:
    """Compaction of the table at `address`."""

    def __init__(self, session: Session, address: str) -> None:
        self._session = session
        self._address = address
        self._names: list[str] = []
        self._joining: Future[list[DataFile]] | None = None
        self._pool = ThreadPoolExecutor(1, f"compact {address}", initializer=_give_way)

    def step(self, table: DeltaTable) -> None:
        """Start joining the small files of the table, if there are many, or commit files joined since the last step.
        Failures are only logged: the rows stay safe in the small files."""
        if self._joining is None:
            self._names = maintenance.fragments(table, _MOST_BYTES)
            if self._names:
                self._joining = self._pool.submit(self._join, self._names)
        elif self._joining.done():
            joined, self._joining = self._joining, None
            try:
                maintenance.replace_files(table, self._names, joined.result())
            except LakeError as error:
                _log.warning("%s: compaction failed this time: %s", location(table), error)

    def close(self, table: DeltaTable) -> None:
        """Discard joined files that are not committed."""
        self._pool.shutdown()
        if self._joining and not self._joining.exception():
            discard(table, self._joining.result())

    def _join(self, names: Sequence[str]) -> list[DataFile]:
        # It needs its own table object, because batches use the other one. Its own connection limits it to one thread.
        lake = Lake(self._session.lake.root)
        with connect(_MEMORY, lake.storage) as db:
            db.execute("SET threads = 1")
            return maintenance.join_files(db, lake.require(self._address), names)


def _give_way() -> None:
    """Lower the priority of this thread: compaction may wait, records may not. Only Linux has priorities per thread."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LEAST_PRIORITY)
