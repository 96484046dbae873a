"""Delta tables at `<lake>/<layer>/<table>`: opening, creating, and refusing what this version cannot write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError
from deltalake.schema import ArrayType, Field, PrimitiveType, Schema

from pinterest_platform.addresses import dotted
from pinterest_platform.failpoints import Failpoint, reached
from pinterest_platform.lake.errors import LakeConflictError, LakeError
from pinterest_platform.lake.protocol import PROPERTIES, check_format, check_writable
from pinterest_platform.lake.storage import Storage, storage_at
from pinterest_platform.s3.address import is_s3
from pinterest_platform.s3.errors import S3Error, advice

#: Characters that a lake's path must not have.
_TAKEN_FOR_OTHERS = frozenset("%\\\x7f") | {chr(code) for code in range(32)}

_PRIMITIVES = {
    "bigint": "long",
    "int": "integer",
    "smallint": "short",
    "tinyint": "byte",
    "double": "double",
    "float": "float",
    "string": "string",
    "boolean": "boolean",
    "date": "date",
    "timestamp_ntz": "timestamp_ntz",
}


@contextmanager
def storage_errors() -> Iterator[None]:
    """Says what S3 refuses as LakeError."""
    try:
        yield
    except S3Error as error:
        raise LakeError(f"lake: {error}") from error


class StoredTable(DeltaTable):
    """A Delta table that knows the storage it lies in, where there are connections to it."""

    storage: Storage | None = None


class TableColumn(Protocol):
    """What a table needs to know of a column."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def description(self) -> str: ...


@dataclass(frozen=True)
class Lake:
    """A lake at `root`, a folder or `s3://bucket/prefix`.

    With `keep_open`, a table stays open until `close`: opening it again only reads what was committed since, and gives
    the same object.
    """

    root: str
    keep_open: bool = False
    _kept: dict[str, tuple[dict[str, str] | None, StoredTable]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def storage(self) -> Storage:
        """Where its files lie.

        Raises:
            LakeError: `root` is an address that cannot hold a lake.
        """
        if "://" in self.root and not is_s3(self.root):
            raise LakeError(
                f"PINTEREST_LAKE={self.root!r} is not supported; allowed are a folder and s3://bucket/prefix."
            )
        with storage_errors():
            return storage_at(self.root)

    def uri(self, address: str) -> str:
        """Where the table `<layer>/<name>` lies.

        Raises:
            LakeError: delta-rs cannot write there whatever the table; it decodes a percent sign and takes a backslash
                for a slash.
        """
        if not _TAKEN_FOR_OTHERS.isdisjoint(self.root):
            raise LakeError(
                f"PINTEREST_LAKE={self.root!r} cannot hold Delta tables: a name with '%', '\\' or a control "
                "character is taken for another one. Allowed are all other characters."
            )
        return f"{self.root.rstrip('/')}/{address}"

    def open(self, address: str, version: int | None = None) -> DeltaTable | None:
        """The table at its newest version, or at `version`; None if it does not exist yet.

        Raises:
            LakeError: it exists but cannot be read, or was written by a newer version of this program.
        """
        uri, options = self.uri(address), self._options()
        known_by, table = self._kept.get(address, (None, None))
        try:
            if table is None or known_by != options or version is not None:
                table = StoredTable(uri, version=version, storage_options=options)
            else:
                table.update_incremental()
        except TableNotFoundError:
            return None
        except (DeltaError, OSError) as error:
            raise failure(f"{address}: cannot open the Delta table at {uri}", error) from error
        check_format(address, table)
        return self._opened(address, options, table) if version is None else table

    def require(self, address: str) -> DeltaTable:
        """The table, which must exist.

        Raises:
            LakeError: it does not.
        """
        table = self.open(address)
        if table is None:
            raise LakeError(f"{address}: no such table in {self.root}; `pinterest-platform run` makes it")
        return table

    def ensure(
        self,
        address: str,
        columns: Sequence[TableColumn],
        description: str,
        properties: Mapping[str, str] | None = None,
    ) -> DeltaTable:
        """The table, ready to be written; created empty, with `properties` beside those that all have, if it does not
        exist.

        A computed table may have other columns than `columns`, those of an earlier SQL: its next refresh replaces it.

        Raises:
            LakeError: it cannot be opened or created, is one of raw or stream with other columns than `columns`, or a
                feature of its protocol keeps one of our engines from writing it.
        """
        table = self.open(address)
        if table is None:
            table = self._create(address, columns, description, PROPERTIES | dict(properties or {}))
        _check(address, table, columns)
        reached(Failpoint.TABLE_READY, address)
        return table

    def check(self, address: str, columns: Sequence[TableColumn]) -> bool:
        """Whether the table exists; nothing is changed.

        Raises:
            LakeError: it exists and `ensure` would refuse it.
        """
        table = self.open(address)
        if table is not None:
            _check(address, table, columns)
        return table is not None

    def addresses(self) -> Iterator[str]:
        """Addresses of the tables that lie in the lake, as found there.

        Raises:
            LakeError: the lake cannot be listed.
        """
        with storage_errors():
            for layer in self.storage.folders(self.root):
                for name in self.storage.folders(self.uri(layer)):
                    if "_delta_log" in self.storage.folders(self.uri(f"{layer}/{name}")):
                        yield f"{layer}/{name}"

    def close(self) -> None:
        """Let go of tables that were kept open."""
        self._kept.clear()

    def _options(self) -> dict[str, str] | None:
        with storage_errors():
            return self.storage.delta_options()

    def _create(
        self, address: str, columns: Sequence[TableColumn], description: str, properties: Mapping[str, str]
    ) -> DeltaTable:
        uri, options = self.uri(address), self._options()
        try:
            table = StoredTable.create(
                uri,
                delta_schema(columns),
                mode="ignore",
                name=dotted(address),
                description=description,
                configuration=properties,
                storage_options=options,
                raise_if_key_not_exists=False,
            )
        except (DeltaError, OSError) as error:
            if other := self.open(address):
                return other  # Another writer has just created it.
            raise failure(f"{address}: cannot create a Delta table at {uri}", error) from error
        assert isinstance(table, StoredTable), "it makes what it is a method of"
        return self._opened(address, options, table)

    def _opened(self, address: str, options: dict[str, str] | None, table: StoredTable) -> StoredTable:
        table.storage = self.storage
        if self.keep_open:
            self._kept[address] = (options, table)
        return table


def failure(what: str, error: Exception) -> LakeError:
    """What an error of delta-rs means. What S3 answered is buried in it under many lines; a request that may not be
    repeated as it is, or an answer that broke off, has no mention of retries."""
    if told := advice(error):
        return LakeError(f"{what}: {told}.")
    broke_off = "Generic S3 error" in str(error) and " retries" not in str(error)
    return (LakeConflictError if broke_off else LakeError)(f"{what}: {error}")


def delta_schema(columns: Sequence[TableColumn]) -> Schema:
    """Delta schema of columns typed in the Databricks dialect. All are nullable: what may be null is said by checks,
    which report, where a constraint would stop a whole commit."""
    return Schema(
        [
            Field(c.name, _delta_type(c.type), metadata={"comment": c.description} if c.description else None)
            for c in columns
        ]
    )


def _delta_type(name: str) -> PrimitiveType | ArrayType:
    if name.startswith("array<") and name.endswith(">"):
        return ArrayType(_delta_type(name[6:-1]), contains_null=True)
    if name.startswith("decimal("):
        return PrimitiveType(name)
    if name not in _PRIMITIVES:
        allowed = ", ".join([*_PRIMITIVES, "decimal(p,s)", "array<...>"])
        raise LakeError(f"column type {name!r} cannot be stored; allowed are {allowed}")
    return PrimitiveType(_PRIMITIVES[name])


def has_columns(table: DeltaTable, columns: Sequence[TableColumn]) -> bool:
    """Whether a table has these columns, with these types, in whatever order."""
    return _types(table.schema()) == _types(delta_schema(columns))


def _types(schema: Schema) -> dict[str, object]:
    return {item.name: item.type for item in schema.fields}


def _check(address: str, table: DeltaTable, columns: Sequence[TableColumn]) -> None:
    if address.startswith(("raw/", "stream/")) and not has_columns(table, columns):
        have, want = (
            ", ".join(f"{item.name} {item.type.type}" for item in schema.fields)
            for schema in (table.schema(), delta_schema(columns))
        )
        raise LakeError(
            f"{address}: its columns in the lake ({have}) are not those declared ({want}). Use the version of "
            "pinterest-platform that wrote it, or move the table away and ingest anew."
        )
    check_writable(table)
