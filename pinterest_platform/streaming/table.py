"""One Delta table as one stream writes it: how far it is, and the commits that make each record be there once.

How far it is lies in the commits themselves, as transaction ids, which outlive checkpoints and the clean-up of the log.
A mark of the stream is `<origin>/<mark>`: the position of a shard under the shard's name, and what else its source must
not forget. A sequence number of Kinesis has up to 187 bits and an id 63, so a mark is split: `<origin>/<mark>` holds
the lowest 63 bits, `.../1` and `.../2` the others. A position of Kafka is the next offset.

Each commit also takes the next number of `<origin>/batches` and says under `<origin>/writer` which job made it. A
number is taken once. So of two jobs on a table one stops; and where S3 broke off, the table tells whether it committed.
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
#: Ids that a mark takes: a sequence number of Kinesis has up to 56 digits.
_PARTS = {"kinesis": 3, "kafka": 1}
#: A table gains a commit a second, and each checkpoint of it lists all of its log.
_PROPERTIES = {"delta.logRetentionDuration": "interval 2 days"}
#: Transaction id with the mark of the secret of pseudonyms.
_PSEUDONYMS = "pseudonyms"
#: Seconds that a commit is tried for while others come in between or the storage is in trouble.
_GIVE_UP = 60.0


def stopping(table: DeltaTable, origins: Iterable[str]) -> dict[str, int]:
    """The transaction ids of a commit after which no job commits to the table for these streams what it has at hand: it
    stops, and goes on when it is started again."""
    batches = {origin: f"{origin}/batches" for origin in origins}
    numbers = transaction_versions(table, batches.values())
    taken = {app: numbers.get(app, 0) + 1 for app in batches.values()}
    return taken | {f"{origin}/writer": secrets.randbits(_BITS) for origin in batches}


def refuse_other_pseudonyms(address: str, table: DeltaTable, mark: int) -> None:
    """Do nothing if a stream's table, as loaded, has the pseudonyms of that secret, or names where the mark is 0. It
    cannot be computed again, as a model's can, and one with both would count people twice.

    Raises:
        StreamError: it has others.
    """
    have = transaction_versions(table, [_PSEUDONYMS]).get(_PSEUDONYMS, 0)
    if table.version() > 0 and have != mark:
        told = "pseudonyms by another secret" if have and mark else "pseudonyms" if have else "names, no pseudonyms"
        raise StreamError(
            f"{address}: its rows have {told}, and cannot be computed again. Set PINTEREST_PSEUDONYM_SECRET "
            f"as it was, or move {table.table_uri} away: the job then reads again what the stream has."
        )


class StreamTable:
    """A declared table for a stream. A table may be written for several streams.

    Where it was looked at before, `number` is that of the last commit then: of one that came since `check_alone` tells.
    `mark` is that of the secret of pseudonyms that its rows have, 0 for none; None where it has nothing to do with one.

    Raises:
        StreamError: it has rows with pseudonyms of another secret, or with names.
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
        """Those of the marks that are committed."""
        # An id that is nowhere takes longest to look for, so the others of a mark are asked for only where it is.
        first = transaction_versions(self._table, [f"{self._app}/{name}" for name in names])
        parts = {name: self._ids(name) for name in names if f"{self._app}/{name}" in first}
        found = first | transaction_versions(self._table, [app for ids in parts.values() for app in ids[1:]])
        return {name: sum(found[app] << _BITS * place for place, app in enumerate(ids)) for name, ids in parts.items()}

    def written_at(self) -> datetime:
        """When the last commit was made, by the clock of who made it."""
        [commit] = self._table.history(1)
        return datetime.fromtimestamp(commit["timestamp"] / 1000, UTC)

    def append(self, select: str | None, marks: Mapping[str, int]) -> int:
        """Commit the rows of a SELECT, if any, with marks; how many rows.

        Raises:
            StreamError: another job has committed to the table for this stream; nothing was committed here.
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
        """Commit data files that lie in the table's folder, with marks. `check_alone` comes before they are written.

        Raises:
            LakeConflictError: nothing was committed, and the files are gone. Of another job `check_alone` tells.
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
        """Have small files joined, if there are many."""
        self._compaction.step(self._table)

    def close(self) -> None:
        self._compaction.close(self._table)

    def check_alone(self) -> None:
        """Refuse to go on where the table, as loaded, has a batch of the stream that this job does not know.

        Raises:
            StreamError: it has.
        """
        newest = self._newest()
        if newest != (self._number, self._last_writer):
            raise StreamError(
                f"{self._address}: another job commits to it from {self._stream.source} {self._app}: batch {newest[0]} "
                f"is not of this one, whose last was {self._number}. What each committed is there once. Let one job "
                "alone read a stream, and start it again; so too where records were erased from the table meanwhile."
            )

    def _newest(self) -> tuple[int, int]:
        """Number of the newest batch in the table as loaded, and its job."""
        apps = (f"{self._app}/batches", f"{self._app}/writer")
        found = transaction_versions(self._table, apps)
        return found.get(apps[0], 0), found.get(apps[1], 0)

    def _ids(self, mark: str) -> list[str]:
        app = f"{self._app}/{mark}"
        return [app, *(f"{app}/{part}" for part in range(1, _PARTS[self._stream.source]))]

    def _split(self, mark: str, value: int) -> dict[str, int]:
        """The transaction ids that record a mark."""
        return {app: value >> _BITS * place & (1 << _BITS) - 1 for place, app in enumerate(self._ids(mark))}
