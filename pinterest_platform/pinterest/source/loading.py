"""Fills a source database with generated postings or with those of a folder.

`database.py` reads it, `generator.py` generates rows, and `folder.py` reads a folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice

import sqlalchemy as sa

from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.pinterest.source.folder import FolderPostings
from pinterest_platform.pinterest.source.generator import generate
from pinterest_platform.pinterest.source.postings import Posting
from pinterest_platform.pinterest.source.source_tables import (
    METADATA,
    TABLES,
    SourceError,
    connectable,
    explained,
    hidden,
    row_count,
    sqlite_file,
)

#: Postings per transaction. A killed load loses at most this many, and continues from there.
BATCH = 10_000


#: The postings from one position to another (exclusive), in order.
Postings = Callable[[int, int], Iterator[Posting]]


def load(
    url: str,
    rows: int,
    seed: int = 0,
    *,
    replace: bool = False,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Make the database hold exactly the postings of `generate(rows, seed)`, and return how many were written.

    A database that already holds them stays unchanged. One that holds only the first of them is completed. `replace`
    drops the three tables first. `progress` is called with the number of postings in the database after each batch. A
    SQLite file is created with its folder, but a MySQL database must exist.

    Raises:
        SourceError: the database holds other rows and `replace` is not set, or it cannot be written.
    """
    if rows < 0:
        raise ValueError(f"rows={rows}: must be 0 or more")
    return _load(url, rows, partial(generate, rows, seed), f"generated with seed={seed}", replace, progress)


def load_folder(
    url: str,
    postings: FolderPostings,
    *,
    replace: bool = False,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Make the database hold exactly the postings of a folder, and return how many were written. Otherwise like `load`.

    Raises:
        SourceError: a line is not the row of its position. Otherwise as in `load`.
    """
    return _load(url, postings.rows, postings.read, f"of {postings.folder}", replace, progress)


def _load(
    url: str,
    rows: int,
    postings: Postings,
    described: str,
    replace: bool,
    progress: Callable[[int], None] | None,
) -> int:
    with _engine(url) as engine, explained(engine.url):
        if replace:
            METADATA.drop_all(engine)
        METADATA.create_all(engine)
        held = _held(engine, rows, postings, described)
        written = held
        remaining = postings(held, rows)
        while batch := list(islice(remaining, BATCH)):
            with engine.begin() as connection:
                _insert(connection, batch)
            written += len(batch)
            if progress:
                progress(written)
        return written - held


def _insert(connection: sa.Connection, batch: Sequence[Posting]) -> None:
    """Insert the rows without conversion: SQLAlchemy's default, with dicts and type conversion, takes twice as long."""
    dialect = connection.dialect
    for (name, table), rows in zip(TABLES.items(), zip(*(posting[1:] for posting in batch), strict=True), strict=True):
        columns = RECORDS[name].columns
        statement = str(table.insert().compile(dialect=dialect))
        # SQLite's driver takes tuples. For PyMySQL, this release of SQLAlchemy uses named parameters.
        named = (dict(zip((column.name for column in columns), row, strict=True)) for row in rows)
        connection.exec_driver_sql(statement, list(rows if dialect.positional else named))


@contextmanager
def _engine(url: str) -> Iterator[sa.Engine]:
    engine = connectable(url)
    try:
        if file := sqlite_file(engine.url):
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise SourceError(f"Source {hidden(url)}: cannot create {file.parent}: {error.strerror}.") from error
        yield engine
    finally:
        engine.dispose()


def _held(engine: sa.Engine, rows: int, postings: Postings, described: str) -> int:
    """The number of requested postings that the database already holds.

    Raises:
        SourceError: it holds other rows.
    """
    with engine.connect() as connection:
        counts = {table.name: row_count(connection, table) for table in TABLES.values()}
    held = max(counts.values())
    if held == 0:
        return 0
    if held == min(counts.values()) and held <= rows:
        ends = [0, held - 1]
        with SourceDatabase(str(engine.url.render_as_string(hide_password=False))) as source:
            expected = [next(postings(end, end + 1)) for end in ends]
            if source.read_rows(ends) == expected:
                return held
    raise SourceError(
        f"Source {hidden(engine.url)} already holds other rows "
        f"({', '.join(f'{name}: {count}' for name, count in counts.items())}) than the {rows} {described}. "
        "Use another URL, or add `--replace` to the command to drop the existing rows."
    )
