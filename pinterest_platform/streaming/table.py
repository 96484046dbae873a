"""One Delta table that a stream writes: its progress, and the commits that add each record exactly once.

The progress is stored in the commits, as transaction ids, which survive checkpoints and log cleanup. A mark of the
stream has the id `<origin>/<mark>`. Marks are the positions of shards, under their names, and other state that a source
keeps. A Kinesis sequence number has up to 187 bits, but an id holds 63. So a mark is split: `<origin>/<mark>` holds the
lowest 63 bits, `.../1` and `.../2` the others. A Kafka position is the next offset.

Each commit also takes the next number of `<origin>/batches` and records its job under `<origin>/writer`. A number is
taken once, so of two jobs on a table one stops. If S3 fails during a commit, the table shows whether it succeeded.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from deltalake import DeltaTable

from pinterest_platform.backoff import Backoff
from pinterest_platform.catalog import RawTable
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.errors import LakeConflictError
from pinterest_platform.lake.files import DataFile
from pinterest_platform.lake.transactions import transaction_versions
from pinterest_platform.streaming.compaction import Compaction
from pinterest_platform.streaming.config import Stream
from pinterest_platform.streaming.errors import StreamError

_BITS = 63
#: Ids per mark: a Kinesis sequence number has up to 56 digits.
_PARTS = {"kinesis": 3, "kafka": 1}
#: A table gains a commit per second, and each checkpoint lists its whole log.
_PROPERTIES = {"delta.logRetentionDuration": "interval 2 days"}
#: Transaction id with the mark of the pseudonym secret.
_PSEUDONYMS = "pseudonyms"
#: Seconds during which a commit is retried after conflicts or storage errors.
_GIVE_UP = 60.0


def stopping(table: DeltaTable, origins: Iterable[str]) -> dict[str, int]:
    """The transaction ids of a commit that stops running jobs of these streams before their next commit to the table. A
    restarted job continues."""
    batches = {origin: f"{origin}/batches" for origin in origins}
    numbers = transaction_versions(table, batches.values())
    taken = {app: numbers.get(app, 0) + 1 for app in batches.values()}
    return taken | {f"{origin}/writer": secrets.randbits(_BITS) for origin in batches}


def refuse_other_pseudonyms(address: str, table: DeltaTable, mark: int) -> None:
    """Check that a stream's table, as loaded, has the pseudonyms of this secret, or names if the mark is 0.

    Unlike a model's table, it cannot be recomputed, and a table with both would count people twice.

    Raises:
        StreamError: it has others.
    """
    have = transaction_versions(table, [_PSEUDONYMS]).get(_PSEUDONYMS, 0)
    if table.version() > 0 and have != mark:
        told = "pseudonyms from another secret" if have and mark else "pseudonyms" if have else "names, not pseudonyms"
        raise StreamError(
            f"{address}: its rows have {told}, and cannot be recomputed. Restore the previous "
            f"PINTEREST_PSEUDONYM_SECRET, or move {table.table_uri} away: the job then reads the stream again."
        )


class StreamTable:
    """A declared table for one stream. Several streams may share a table.

    `number` is the number of the last commit at an earlier look, if any. `check_alone` then detects later commits.
    `mark` identifies the secret of the pseudonyms in its rows, 0 means names. None if the table has neither.

    Raises:
        StreamError: its rows have pseudonyms from another secret, or names.
    """

    def __init__(
        self,
        session: Session,
        stream: Stream,
        declared: RawTable,
        number: int | None = None,
        mark: int | None = None,
    ) -> None:
        self._session = session
        self._stream = stream
        self._address = declared.address
        self._table: DeltaTable = session.lake.ensure(
            declared.address, declared.columns, declared.description, properties=_PROPERTIES
        )
        self._app = stream.origin
        self._pseudonyms = {_PSEUDONYMS: mark} if mark else {}
        if mark is not None:
            refuse_other_pseudonyms(declared.address, self._table, mark)
        self._compaction = Compaction(session, declared.address)
        self._writer = secrets.randbits(_BITS)
        self._number, self._last_writer = self._newest()
        if number is not None:
            self._number = number

    @property
    def version(self) -> int:
        """Version of the last commit."""
        return self._table.version()

    @property
    def batches(self) -> int:
        """Number of the last commit."""
        return self._number

    def marks(self, names: Sequence[str]) -> dict[str, int]:
        """The committed ones of these marks."""
        # A missing id takes longest to find, so the other parts of a mark are looked up only if its first one exists.
        first = transaction_versions(self._table, [f"{self._app}/{name}" for name in names])
        parts = {name: self._ids(name) for name in names if f"{self._app}/{name}" in first}
        found = first | transaction_versions(self._table, [app for ids in parts.values() for app in ids[1:]])
        return {name: sum(found[app] << _BITS * place for place, app in enumerate(ids)) for name, ids in parts.items()}

    def written_at(self) -> datetime:
        """The time of the last commit, by the clock of the process that made it."""
        [commit] = self._table.history(1)
        return datetime.fromtimestamp(commit["timestamp"] / 1000, UTC)

    def append(self, select: str | None, marks: Mapping[str, int]) -> int:
        """Commit the rows of a SELECT, if any, with marks, and return the number of rows.

        Raises:
            StreamError: another job has committed to the table for this stream. Nothing was committed here.
            LakeError: the commit failed for another reason.
        """
        backoff = Backoff(_GIVE_UP)
        while True:
            self.check_alone()
            files = self._session.write(self._table, select, ordered=True) if select else []
            try:
                self.commit(files, marks)
                return sum(file.rows for file in files)
            except LakeConflictError:
                delay = backoff.next_delay()
                if delay is None:
                    raise
                time.sleep(delay)

    def commit(self, files: Sequence[DataFile], marks: Mapping[str, int]) -> None:
        """Commit data files in the table's folder, with marks. Call `check_alone` before writing them.

        Raises:
            LakeConflictError: nothing was committed, and the files are gone. `check_alone` detects another job.
            LakeError: the commit failed for another reason.
        """
        number = self._number + 1
        transactions = {f"{self._app}/batches": number, f"{self._app}/writer": self._writer, **self._pseudonyms}
        for mark, value in marks.items():
            transactions |= self._split(mark, value)
        try:
            commit(self._table, add=files, transactions=transactions)
        except LakeConflictError:
            self._table = self._session.lake.require(self._address)
            if self._newest() != (number, self._writer):
                raise
        self._number, self._last_writer = number, self._writer

    def compact(self) -> None:
        """Join small files, if there are many."""
        self._compaction.step(self._table)

    def close(self) -> None:
        self._compaction.close(self._table)

    def check_alone(self) -> None:
        """Check that the table, as loaded, has no batch of the stream from another job.

        Raises:
            StreamError: it has one.
        """
        newest = self._newest()
        if newest != (self._number, self._last_writer):
            raise StreamError(
                f"{self._address}: another job commits to it from {self._stream.source} {self._app}: it committed "
                f"batch {newest[0]}, and the last batch of this job is {self._number}. Nothing was lost or duplicated. "
                "Run one job per stream, and start it again. Also start it again if records were erased from the table."
            )

    def _newest(self) -> tuple[int, int]:
        """The number of the newest batch in the table as loaded, and its job."""
        apps = (f"{self._app}/batches", f"{self._app}/writer")
        found = transaction_versions(self._table, apps)
        return found.get(apps[0], 0), found.get(apps[1], 0)

    def _ids(self, mark: str) -> list[str]:
        app = f"{self._app}/{mark}"
        return [app, *(f"{app}/{part}" for part in range(1, _PARTS[self._stream.source]))]

    def _split(self, mark: str, value: int) -> dict[str, int]:
        """The transaction ids that store a mark."""
        return {app: value >> _BITS * place & (1 << _BITS) - 1 for place, app in enumerate(self._ids(mark))}
