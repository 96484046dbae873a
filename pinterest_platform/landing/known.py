"""Previous snapshots of a topic, and how a new one differs: tables of a DuckDB database that spills to disk.

The Parquet file `snapshots/<topic>.parquet` of the landing zone has a digest for each key: of its last landed rows, in
any order. The file records up to which offset it is valid. Lines that landed after it, or all lines without a file, are
read again before anything is compared. `snapshots` decides what lands.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb
from arro3.core import Array, DataType, Table

from pinterest_platform.errors import PlatformError
from pinterest_platform.landing.fitting import TIMESTAMP_FIELD
from pinterest_platform.landing.keys import LandingObject
from pinterest_platform.landing.store import WritableStore
from pinterest_platform.memory import duckdb_limit
from pinterest_platform.sql import text

#: The partition of snapshots.
PARTITION = 0
#: Digits of the offset in an object's name; longer offsets are not padded.
_DIGITS = 10

_AT_ONCE = 10_000
_EXAMPLES = 5
_STAMP = re.compile(rf',?"{TIMESTAMP_FIELD}":[0-9]+}}\Z')

#: Key as JSON, or None if a row stands alone, and the line without its time.
Entry = tuple[str | None, str]


class SnapshotError(PlatformError):
    """A snapshot cannot be landed. The message names the topic, the reason and what to do."""


@dataclass(frozen=True)
class Difference:
    """The keys of a snapshot compared with the previous one, which had `before` keys."""

    before: int
    new: int
    changed: int
    vanished: int
    vanished_examples: tuple[str, ...]


class Known:
    """The known rows of one topic, and the current snapshot. `next_offset` is after everything that has landed."""

    def __init__(self, db: duckdb.DuckDBPyConnection, store: WritableStore, topic: str, folder: Path) -> None:
        self._db, self._store, self._topic = db, store, topic
        self._file = folder / "known.parquet"
        self._key = f"snapshots/{topic}.parquet"
        self._saved_at = self.next_offset = self._load()

    def catch_up(self, key_of: Callable[[str], str | None]) -> None:
        """Add what landed after the file was saved: the lines of an interrupted load, or all lines."""
        widths = {max(_DIGITS, len(str(self.next_offset)))}
        for item in self._store.list(self._topic, PARTITION, self.next_offset, widths).objects:
            lines = self._lines(item)
            self.hold((key_of(line), line) for line in lines)
            self._db.execute("DELETE FROM known WHERE key IN (SELECT key FROM keys)")
            self._db.execute("INSERT INTO known SELECT key, digest, true FROM keys")
            self.next_offset = max(self.next_offset, item.start_offset + len(lines))

    def hold(self, entries: Iterable[Entry]) -> int:
        """Hold rows in place of earlier ones and return their number. The table `keys` has a digest of each key's
        rows."""
        self._db.execute("CREATE OR REPLACE TABLE held (number BIGINT, key VARCHAR, line VARCHAR)")
        count, rest = 0, iter(entries)
        while chunk := list(islice(rest, _AT_ONCE)):
            self._insert(count, chunk)
            count += len(chunk)
        # 64 bits suffice, because only digests of one key are compared. A set of rows has the same digest in any order.
        self._db.execute(
            """
            CREATE OR REPLACE TABLE keys AS
            SELECT key, bit_xor(digest) AS digest, min(number) AS first FROM (
                SELECT key, md5_number_lower(line) AS digest, min(number) AS number FROM held GROUP BY ALL
            ) GROUP BY key
            """
        )
        return count

    def compare(self) -> Difference:
        """Compare the held snapshot with the known rows. The table `changed` has the keys to land."""
        self._db.execute(
            """
            CREATE OR REPLACE TABLE changed AS
            SELECT keys.key, keys.first, known.key IS NULL AS is_new FROM keys LEFT JOIN known USING (key)
            WHERE keys.digest IS DISTINCT FROM known.digest
            """
        )
        gone = "FROM known ANTI JOIN keys USING (key) WHERE present"
        [(before, new, changed, vanished)] = self._db.execute(
            f"""
            SELECT (SELECT count(*) FROM known WHERE present), count(*) FILTER (is_new), count(*) FILTER (NOT is_new),
                (SELECT count(*) {gone}) FROM changed
            """
        ).fetchall()
        examples = self._db.execute(f"SELECT key {gone} ORDER BY starts_with(key, '#'), key LIMIT {_EXAMPLES}")
        return Difference(before, new, changed, vanished, tuple(key for (key,) in examples.fetchall()))

    def changed_lines(self) -> Iterator[tuple[str, str]]:
        """(key, line) of the rows to land. Rows of one key are adjacent."""
        rows = self._db.execute("SELECT key, line FROM held JOIN changed USING (key) ORDER BY first, number")
        while chunk := rows.fetchmany(_AT_ONCE):
            yield from chunk

    def save(self, next_offset: int) -> None:
        """Save the file, once everything before `next_offset` has landed. Does nothing if the file is up to date."""
        [(flips,)] = self._db.execute(
            "SELECT count(*) FROM known LEFT JOIN keys USING (key) WHERE present <> (keys.key IS NOT NULL)"
        ).fetchall()
        if next_offset == self._saved_at and not flips:
            return
        now = (
            "SELECT key, digest, true AS present FROM keys "
            "UNION ALL SELECT key, digest, false FROM known ANTI JOIN keys USING (key)"
        )
        self._db.execute(
            f"COPY (FROM ({now}) ORDER BY key) TO {text(str(self._file))} (FORMAT parquet, COMPRESSION zstd, "
            f"KV_METADATA {{next_offset: {text(str(next_offset))}}})"
        )
        self._store.save(self._key, self._file)

    def _load(self) -> int:
        """Read the file into the table `known`. Returns the offset up to which it is valid, or 0 without a file."""
        self._db.execute("CREATE TABLE known (key VARCHAR, digest UBIGINT, present BOOLEAN)")
        if not self._store.fetch(self._key, self._file):
            return 0
        file = text(str(self._file))
        try:
            self._db.execute(f"INSERT INTO known SELECT key, digest, present FROM read_parquet({file})")
            values = self._db.execute(f"SELECT value FROM parquet_kv_metadata({file}) WHERE key = 'next_offset'")
            [(value,)] = values.fetchall()
            return int(value)
        except (duckdb.Error, ValueError) as error:
            raise SnapshotError(
                f"{self._topic}: {self._key} in the landing zone is damaged: {str(error).splitlines()[0]}. Remove it, "
                "then run again: the run rebuilds it from the landed objects."
            ) from error

    def _lines(self, item: LandingObject) -> list[str]:
        """The lines of an object, without the time added when they landed."""
        content = b"".join(self._store.pieces(item)).decode(errors="replace").removesuffix("\n")
        return [_STAMP.sub("}", line) for line in content.split("\n")] if content else []

    def _insert(self, first: int, entries: list[Entry]) -> None:
        arrays = [
            Array(list(range(first, first + len(entries))), DataType.int64()),
            Array([key for key, _ in entries], DataType.string()),
            Array([line for _, line in entries], DataType.string()),
        ]
        self._db.register("entries", Table.from_pydict(dict(zip(("number", "key", "line"), arrays, strict=True))))
        self._db.execute("INSERT INTO held SELECT number, coalesce(key, '#' || md5(line)), line FROM entries")
        self._db.unregister("entries")


@contextmanager
def open_known(
    store: WritableStore, topic: str, memory_limit: str, key_of: Callable[[str], str | None]
) -> Iterator[Known]:
    """The known rows of a topic, from its file and everything that has landed since. `key_of` returns the key of a
    line.

    Raises:
        SnapshotError: the file is damaged.
        LandingError: the landing zone cannot be read.
    """
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="snapshot-"))
        db = duckdb.connect(config={"memory_limit": duckdb_limit(memory_limit), "temp_directory": folder})
        stack.callback(db.close)
        known = Known(db, store, topic, Path(folder))
        known.catch_up(key_of)
        yield known
