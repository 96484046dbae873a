"""The properties of a table in the catalog: its columns, checks, upstreams, lineage and how it is updated.

Plain values only. `header`, `query`, `lineage` and `function` read them from a model file; `catalog` has the graph.
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

#: The error for a function's file if another engine must compute the table.
SPARK_ONLY = "has no SQL version, so only Spark can compute it; set PINTEREST_ENGINE=spark"
_QUERY = re.compile(r"\s*(SELECT|WITH)\b", re.IGNORECASE)


@dataclass(frozen=True)
class ModelColumn:
    """One column. `type` is the Databricks type in lower case: `bigint`, `array<double>`, `timestamp_ntz`. `required`:
    every row of the declared table must have a value. `personal`: the column holds personal data. `coarse`: its
    personal data may be rounded."""

    name: str
    type: str
    description: str = ""
    required: bool = False
    personal: bool = False
    coarse: bool = False


@dataclass(frozen=True)
class Check:
    """A condition for a table: a predicate that every row satisfies, or a query that returns the violating rows.

    `sql` is in the Databricks dialect. In a query, `new.<layer>.<name>` are the rows that a table gained since the
    check last passed. So a check of a large table costs only as much as its new rows, as a predicate does. A row for
    which the predicate is NULL satisfies it, as in SQL's CHECK.
    """

    name: str
    sql: str
    blocking: bool = True

    @property
    def is_query(self) -> bool:
        return _QUERY.match(self.sql) is not None

    def violations(self, address: str) -> str:
        """The query, in the Databricks dialect, for the rows of the table `address` that violate the check. It reads
        only the new rows if the others are known to satisfy the check."""
        if self.is_query:
            return self.sql
        return f"SELECT * FROM {query.NEW}.{relation(address)} WHERE NOT (\n{self.sql}\n)"


@dataclass(frozen=True)
class Merge:
    """A table merged by key: of the rows of `source` with the same `source_key`, it keeps the first by `newest`.

    `source` is the address of the upstream. `source_key` are its key columns, in the order of the model's `key`.
    `newest` are its columns that order the rows, all descending, the most significant first.
    """

    source: str
    source_key: tuple[str, ...]
    newest: tuple[str, ...]


@dataclass(frozen=True)
class Function:
    """A table's `compute` in PySpark. `code` is the text of the file at `path`; `compute` begins on `line`.
    `parameters` maps the name of each parameter to the address of its table: `cleaned_pin` to `cleaned/pin`."""

    path: Path
    code: str = field(repr=False)
    line: int
    parameters: Mapping[str, str] = field(hash=False)


@dataclass(frozen=True)
class RawTable:
    """A table that no model computes: the ingestion writes it, as its record declares it."""

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

    - `address`: `<layer>/<name>`.
    - `path`: the file that declares the table.
    - `sql`: that file without its header; None if there is only a function.
    - `function`: computes the table on Spark, instead of the SQL if there is both.
    - `checks`: begin with the checks that `key` implies.
    - `columns`: in the order of the last SELECT.
    - `upstreams`: addresses, in order of appearance.
    - `lineage`: maps each column to its (address, column) sources in the direct upstream tables; empty if there is only
      a function.
    - `merge`: how a table chooses one row per key, or None.
    - `joined`: for a table that joins others by their keys, maps each of them to its columns that hold the key, in the
      order of `key`; empty for any other table.
    - `fingerprint`: a positive 63-bit number that changes with the SQL and the function, but not with header, comments,
      layout or case of keywords.
    - `pseudonyms`: columns whose values are replaced by pseudonyms or rounded.
    - `mark`: identifies the secret for pseudonyms; 0 if the table does not depend on it.
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
    joined: Mapping[str, tuple[str, ...]] = field(hash=False)
    fingerprint: int
    pseudonyms: Mapping[str, Kind] = field(default_factory=dict, hash=False)
    mark: int = 0

    @property
    def layer(self) -> str:
        return self.address.partition("/")[0]

    @property
    def name(self) -> str:
        return self.address.partition("/")[2]

    @property
    def source_keys(self) -> Mapping[str, tuple[str, ...]]:
        """The upstreams of a table merged by key -> their columns that hold the key, in the order of `key`. Empty for a
        table that is replaced as a whole."""
        return {self.merge.source: self.merge.source_key} if self.merge else self.joined

    def required_sql(self) -> str:
        """The SQL. Raises ModelError if there is only a function."""
        if self.sql is None:
            raise ModelError(f"{self.address}.py", 1, SPARK_ONLY)
        return self.sql

    def _tree(self) -> exp.Query:
        """The tree of the SQL. If the newest row of a key in a raw table is a tombstone, the key is deleted."""
        tree = query.parse(self.required_sql(), f"{self.address}.sql")
        if self.merge and self.merge.source.startswith("raw/"):
            render.without_tombstones(tree)
        return tree

    def _required_merge(self) -> Merge:
        if self.merge is None:
            raise ModelError(
                f"{self.address}.sql", 1, "is not computed row by row; only models that keep one row per key are"
            )
        return self.merge

    def extends(self, fingerprint: int, columns: Collection[str]) -> bool:
        """Whether this is the model of that fingerprint, plus only `columns`, at least one. These must be nullable:
        not in the key, and not in a check."""
        if self.sql is None or self.function is not None or set(columns) & set(self.key):
            return False
        spoken_of = re.compile(rf"\b({'|'.join(map(re.escape, columns))})\b", re.IGNORECASE)
        if any(spoken_of.search(check.sql) for check in self.checks):
            return False
        places = [place for place, column in enumerate(self.columns) if column.name in columns]
        without = query.fingerprint_without(self.sql, places)
        return without is not None and without ^ self.mark == fingerprint

    def render(self, dialect: Dialect, table_name: TableName | None = None) -> str:
        """Executable SQL for an engine, with each result column cast to its declared type.

        `table_name` maps an address to the text that replaces `layer.name`; by default the quoted two-part name.
        Raises ModelError if there is only a function.
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
        """Executable SQL for an engine that returns, for each source row in the table, the columns `source_key` and
        `newest` of `merge`.

        Raises ModelError if the table has no `merge`.
        """
        merge, file = self._required_merge(), f"{self.address}.sql"
        columns = dict.fromkeys([*merge.source_key, *merge.newest])
        tree = render.choice(self._tree(), list(columns))
        return render.render(tree, dialect, file, table_name, mark=self.mark)

    def render_rows(self, dialect: Dialect, source: str, passed: Sequence[str] = ()) -> str:
        """Executable SQL for an engine that cleans each row of `source` on its own, and keeps all rows of a key. It
        applies the table's rules to rows that are never stored in its upstream.

        `source` is SQL for rows with the upstream's columns. The columns `passed` follow the table's own, unchanged.
        Raises ModelError if the table has no `merge`, and so is not computed row by row.
        """
        self._required_merge()
        tree = query.parse(self.required_sql(), f"{self.address}.sql")
        render.cast_columns(tree, self.columns)
        return self._rendered(render.row_by_row(tree, passed), dialect, lambda _: source, passed)
