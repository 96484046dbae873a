"""Delta tables at `<lake>/<layer>/<table>`: opening, creating, and refusing those this version cannot write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from pinterest_platform.addresses import dotted
from pinterest_platform.failpoints import Failpoint, reached
from pinterest_platform.lake.columns import TableColumn, add_columns, check_columns, delta_schema, is_kept
from pinterest_platform.lake.errors import LakeDamagedError, LakeError, damaged, failure, rebuilding
from pinterest_platform.lake.log import Log, commit_name, empty_commit
from pinterest_platform.lake.protocol import PROPERTIES, check_format, check_writable
from pinterest_platform.lake.storage import Storage, storage_at
from pinterest_platform.s3.address import is_s3
from pinterest_platform.s3.errors import S3Error, advice

#: Characters that a lake's path must not contain.
_FORBIDDEN_CHARACTERS = frozenset("%\\\x7f") | {chr(code) for code in range(32)}


@contextmanager
def storage_errors() -> Iterator[None]:
    """Convert errors of S3 to LakeError."""
    try:
        yield
    except S3Error as error:
        raise LakeError(f"lake: {error}") from error


class StoredTable(DeltaTable):
    """A Delta table with its storage, if known, and the columns that `Lake.ensure` has just added to it.

    `commit_read` is the version and content of the commit that was last read from its log: a commit never changes.
    """

    storage: Storage | None = None
    columns_added: tuple[str, ...] = ()
    commit_read: tuple[int, bytes] | None = None


@dataclass(frozen=True)
class Lake:
    """A lake at `root`, a folder or `s3://bucket/prefix`.

    With `keep_open`, tables stay open until `close`: opening one again returns the same object and reads only the
    commits since then.
    """

    root: str
    keep_open: bool = False
    _kept: dict[str, tuple[dict[str, str] | None, StoredTable]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def storage(self) -> Storage:
        """The storage of the lake.

        Raises:
            LakeError: `root` is an address that cannot hold a lake.
        """
        if "://" in self.root and not is_s3(self.root):
            raise LakeError(f"PINTEREST_LAKE={self.root!r} is not supported. Set a folder or s3://bucket/prefix.")
        with storage_errors():
            return storage_at(self.root)

    def uri(self, address: str) -> str:
        """Location of the table `<layer>/<name>`.

        Raises:
            LakeError: delta-rs cannot write to this lake. It decodes percent signs and reads backslashes as slashes.
        """
        if not _FORBIDDEN_CHARACTERS.isdisjoint(self.root):
            raise LakeError(
                f"PINTEREST_LAKE={self.root!r} cannot hold Delta tables: a name with '%', '\\' or a control "
                "character would be read as another name. All other characters are allowed."
            )
        return f"{self.root.rstrip('/')}/{address}"

    def open(self, address: str, version: int | None = None) -> StoredTable | None:
        """The table at its newest version, or at `version`; None if it does not exist.

        Raises:
            LakeDamagedError: its log cannot be read, or it has data files but no log.
            LakeError: it cannot be read for another reason, or a newer version of this program wrote it.
        """
        uri, options = self.uri(address), self._options()
        known_by, table = self._kept.get(address, (None, None))
        not_kept = table is None or known_by != options or version is not None
        try:
            if table is None or not_kept:
                table = StoredTable(uri, version=version, storage_options=options)
            else:
                table.update_incremental()
        except TableNotFoundError:
            self._check_no_data(address, uri)
            return None
        except (DeltaError, OSError) as error:
            raise self._unreadable(address, uri, error) from error
        if not_kept:
            self._check_log(address, uri, table.version())
        check_format(address, table)
        return self._opened(address, options, table) if version is None else table

    def require(self, address: str) -> StoredTable:
        """The table, which must exist.

        Raises:
            LakeError: it does not exist.
        """
        table = self.open(address)
        if table is None:
            raise LakeError(f"{address}: no such table in {self.root}. Create it with `pinterest-platform run`.")
        return table

    def ensure(
        self,
        address: str,
        columns: Sequence[TableColumn],
        description: str,
        properties: Mapping[str, str] | None = None,
        *,
        rebuilt: bool = False,
    ) -> StoredTable:
        """The table, ready to be written. If it does not exist, it is created empty, with `properties` in addition to
        the defaults.

        A raw or stream table gets the columns it lacks, if they may be null. A computed or `rebuilt` table may have
        other columns than `columns`, for example those of an earlier SQL. Its next write replaces it.

        Raises:
            LakeError: the table cannot be opened or created, or its columns differ from `columns` in another way. Or a
                feature of its protocol prevents an engine from writing it.
        """
        table = self.open(address)
        if table is None:
            table = self.create(address, columns, description, properties)
        table.columns_added = ()
        check_writable(table)
        if is_kept(address) and not rebuilt:
            check_columns(address, table, columns)
            table.columns_added = add_columns(address, table, columns)
        reached(Failpoint.TABLE_READY, address)
        return table

    def check(self, address: str, columns: Sequence[TableColumn]) -> bool:
        """Whether the table exists. Changes nothing.

        Raises:
            LakeError: it exists but `ensure` would refuse it.
        """
        table = self.open(address)
        if table is not None:
            check_writable(table)
            if is_kept(address):
                check_columns(address, table, columns)
        return table is not None

    def addresses(self) -> Iterator[str]:
        """Addresses of all tables found in the lake.

        Raises:
            LakeError: the lake cannot be listed.
        """
        with storage_errors():
            for layer in self.storage.folders(self.root):
                for name in self.storage.folders(self.uri(layer)):
                    if "_delta_log" in self.storage.folders(self.uri(f"{layer}/{name}")):
                        yield f"{layer}/{name}"

    def close(self) -> None:
        """Release the tables kept open."""
        self._kept.clear()

    def _check_no_data(self, address: str, uri: str) -> None:
        """Refuse a folder that has data files but no log: a table that lost its log is not new."""
        with storage_errors():
            data = any(name.endswith(".parquet") for name in self.storage.files(uri))
            # Another writer may have created the table meanwhile.
            if data and not self.storage.files(f"{uri}/_delta_log", prefix=commit_name(0)):
                raise LakeDamagedError(
                    f"{address}: {uri} has data files, but no log in {uri}/_delta_log. Nothing was written. "
                    f"Restore the log from a backup, or {rebuilding(address)}."
                )

    def _check_log(self, address: str, uri: str, version: int) -> None:
        """Refuse a version that contains an empty commit, which delta-rs reads as one that changes nothing."""
        with storage_errors():
            if damage := empty_commit(self.storage, f"{uri}/_delta_log", version):
                raise damaged(address, f"{damage} in {uri}/_delta_log")

    def _unreadable(self, address: str, uri: str, error: Exception) -> LakeError:
        """The error for a table that delta-rs cannot open. It names the damaged file, if any."""
        found = failure(f"{address}: cannot open the Delta table at {uri}", error)
        if "Generic S3 error" in str(error) or advice(error):
            return found
        with suppress(S3Error, OSError):
            damage = next(Log(self.storage, f"{uri}/_delta_log").damages(), None)
            if damage:
                return damaged(address, f"{damage} in {uri}/_delta_log")
        return found

    def _options(self) -> dict[str, str] | None:
        with storage_errors():
            return self.storage.delta_options()

    def create(
        self,
        address: str,
        columns: Sequence[TableColumn],
        description: str,
        properties: Mapping[str, str] | None = None,
    ) -> StoredTable:
        """The table, created empty even if its folder has data files. A table that another writer has created is left
        alone.

        Raises:
            LakeError: it cannot be created.
        """
        uri, options = self.uri(address), self._options()
        try:
            table = StoredTable.create(
                uri,
                delta_schema(columns),
                mode="ignore",
                name=dotted(address),
                description=description,
                configuration=PROPERTIES | dict(properties or {}),
                storage_options=options,
                raise_if_key_not_exists=False,
            )
        except (DeltaError, OSError) as error:
            if other := self.open(address):
                return other  # Another writer created it meanwhile.
            raise failure(f"{address}: cannot create a Delta table at {uri}", error) from error
        assert isinstance(table, StoredTable), "create returns an instance of its own class"
        return self._opened(address, options, table)

    def _opened(self, address: str, options: dict[str, str] | None, table: StoredTable) -> StoredTable:
        table.storage = self.storage
        if self.keep_open:
            self._kept[address] = (options, table)
        return table
