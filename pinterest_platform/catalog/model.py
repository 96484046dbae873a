"""What the catalog knows of a table: its columns, checks, upstreams, lineage and how it is kept up to date.

Plain values only. Reading them out of a model file is for `header`, `query`, `lineage` and `function`; the graph is
`catalog`'s.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlglot import exp

from pinterest_platform.catalog import pseudonymised, query, render
from pinterest_platform.catalog.errors import ModelError
from pinterest_platform.catalog.pseudonymised import Kind
from pinterest_platform.catalog.render import TableName
from pinterest_platform.catalog.rewrites import Dialect
from pinterest_platform.sql import relation

#: What is said of a function's file when another engine is to compute the table.
SPARK_ONLY = "has no SQL beside it, so only Spark computes it; set PINTEREST_ENGINE=spark"
_QUERY = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)


@dataclass(frozen=True)
class ModelColumn:
    """One column; `type` is the Databricks type in lower case: `bigint`, `array<double>`, `timestamp_ntz`. `required`
    is one of a declared table that every row must have, `personal` one whose values tell of a person, `coarse` one of
    those that may be rounded."""

    name: str
    type: str
    description: str = ""
    required: bool = False
    personal: bool = False
    coarse: bool = False


@dataclass(frozen=True)
class Check:
    """What must hold for a table: a predicate every row satisfies, or a query for the rows that violate it.

    `sql` is in the Databricks dialect; in a query `new.<layer>.<name>` are the rows that a table gained since the check
    last passed, so that a check of a large table costs what is new, as a predicate does. A predicate that is NULL for a
    row is satisfied, as in SQL's CHECK.
    """

    name: str
    sql: str
    blocking: bool = True

    @property
    def is_query(self) -> bool:
        return _QUERY.match(self.sql) is not None

    def violations(self, address: str) -> str:
        """The query, in the Databricks dialect, for the rows of the table `address` that violate the check; of the
        new ones, where the others are known to satisfy it."""
        if self.is_query:
            return self.sql
        return f"SELECT * FROM {query.NEW}.{relation(address)} WHERE NOT (\n{self.sql}\n)"


@dataclass(frozen=True)
class Merge:
    """A table kept up to date by key: of the rows of `source` with the same `source_key`, the first by `newest`.

    `source` is the upstream's address; `source_key` its columns in the order of the model's own `key`; `newest` its
    columns that decide, all descending, the most significant first.
    """

    source: str
    source_key: tuple[str, ...]
    newest: tuple[str, ...]


@dataclass(frozen=True)
class Function:
    """A table's `compute` in PySpark. `code` is the text of the file at `path`, `line` the one `compute` begins on;
    `parameters` maps the name of each of its parameters to the address of the table it stands for: `cleaned_pin` to
    `cleaned/pin`."""

    path: Path
    code: str = field(repr=False)
    line: int
    parameters: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class RawTable:
    """A table nothing here computes: what the ingestion writes, as its record declares it."""

    address: str
    description: str
    key: tuple[str, ...]
    columns: tuple[ModelColumn, ...]
    checks: tuple[Check, ...]

    @property
    def layer(self) -> str:
        return self.address.partition("/")[0]

    @property
    def name(self) -> str:
        return self.address.partition("/")[2]


@dataclass(frozen=True)
class Model:
    """A table computed by one SQL file, by one function in PySpark, or by either.

    `address` is `<layer>/<name>`; `path` the file that declares it; `sql` that file without its header, None where
    there is a function only; `function` what computes it on Spark, instead of the SQL if there is any; `columns` in
    the order of the last SELECT; `upstreams` addresses in order of appearance; `lineage` maps each column to the
    (address, column) pairs its value comes from, directly one table away, and is empty where there is a function only;
    `merge` is None for a table that is replaced whole; `fingerprint` is a positive 63-bit number that changes with the
    SQL and the function, but not with header, comments, layout or case of keywords. `checks` begin with those that
    `key` implies. `pseudonyms` are columns that become something else than what the SQL says; `mark` is that of the
    secret by which they do, 0 where the table has nothing to do with one.
    """

    address: str
    path: Path
    sql: str | None
    function: Function | None
    description: str
    owner: str
    key: tuple[str, ...]
    checks: tuple[Check, ...]
    columns: tuple[ModelColumn, ...]
    upstreams: tuple[str, ...]
    lineage: Mapping[str, tuple[tuple[str, str], ...]] = field(hash=False)
    merge: Merge | None
    fingerprint: int
    pseudonyms: Mapping[str, Kind] = field(default_factory=dict, hash=False)
    mark: int = 0

    @property
    def layer(self) -> str:
        return self.address.partition("/")[0]

    @property
    def name(self) -> str:
        return self.address.partition("/")[2]

    def required_sql(self) -> str:
        """The SQL. Raises ModelError where there is a function only."""
        if self.sql is None:
            raise ModelError(f"{self.address}.py", 1, SPARK_ONLY)
        return self.sql

    def _tree(self) -> exp.Query:
        """The tree of the SQL. A tombstone of a raw table as the newest row of a key deletes the key."""
        tree = query.parse(self.required_sql(), f"{self.address}.sql")
        if self.merge and self.merge.source.startswith("raw/"):
            render.without_tombstones(tree)
        return tree

    def _required_merge(self) -> Merge:
        if self.merge is None:
            raise ModelError(
                f"{self.address}.sql", 1, "is not made row by row; only a model that keeps one row a key is"
            )
        return self.merge

    def extends(self, fingerprint: int, columns: Collection[str]) -> bool:
        """Whether this is the model of that fingerprint with only `columns` added, at least one, each of which may be
        null: none is of the key, and no check speaks of one."""
        if self.sql is None or self.function is not None or set(columns) & set(self.key):
            return False
        spoken_of = re.compile(rf"\b({'|'.join(map(re.escape, columns))})\b", re.IGNORECASE)
        if any(spoken_of.search(check.sql) for check in self.checks):
            return False
        places = [place for place, column in enumerate(self.columns) if column.name in columns]
        without = query.fingerprint_without(self.sql, places)
        return without is not None and without ^ self.mark == fingerprint

    def render(self, dialect: Dialect, table_name: TableName | None = None) -> str:
        """Executable SQL for that engine, each result column cast to its declared type.

        `table_name` maps an address to the text to put in place of `layer.name`; default: the quoted two-part name.
        Raises ModelError where there is a function only.
        """
        tree = self._tree()
        render.cast_columns(tree, self.columns)
        return self._rendered(tree, dialect, table_name)

    def _rendered(
        self, tree: exp.Query, dialect: Dialect, table_name: TableName | None, passed: Sequence[str] = ()
    ) -> str:
        if self.pseudonyms:
            columns = [(column.name, column.type) for column in self.columns]
            tree = pseudonymised.selected(tree, columns, self.pseudonyms, passed)
        return render.render(tree, dialect, f"{self.address}.sql", table_name, mark=self.mark)

    def render_choice(self, dialect: Dialect, table_name: TableName | None = None) -> str:
        """Executable SQL for that engine that gives, of each row that the table is made of, what it is chosen by: the
        columns `source_key` and `newest` of `merge`.

        Raises ModelError where the table is not one of `merge`.
        """
        merge, file = self._required_merge(), f"{self.address}.sql"
        columns = dict.fromkeys([*merge.source_key, *merge.newest])
        tree = render.choice(self._tree(), list(columns))
        return render.render(tree, dialect, file, table_name, mark=self.mark)

    def render_rows(self, dialect: Dialect, source: str, passed: Sequence[str] = ()) -> str:
        """Executable SQL for that engine that cleans each row of `source` by itself, none left out for another one of
        its key: the rules of the table, for rows that never lie in its upstream.

        `source` is SQL of rows with the upstream's columns; of those, `passed` follow the table's own as they are.
        Raises ModelError where the table is not one of `merge`, and so not made row by row.
        """
        self._required_merge()
        tree = query.parse(self.required_sql(), f"{self.address}.sql")
        render.cast_columns(tree, self.columns)
        return self._rendered(render.row_by_row(tree, passed), dialect, lambda _: source, passed)
