"""A copy of a table at a version or time, beside the lake's tables. The table itself stays as it is."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from pinterest_platform.engines.contract import Outcome, RefreshResult
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake.columns import TableColumn
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.versions import parse_as_of, require_files


def snapshot(session: Session, address: str, columns: tuple[TableColumn, ...], as_of: str) -> RefreshResult:
    """Copy `address` at a version number or an ISO 8601 time to `as_of/<version or time>/<address>`.

    A time without a zone is in UTC.

    Raises:
        LakeError: `as_of` is neither, or the table has no such version.
    """
    started = time.monotonic()
    # Not the object kept open: this one loads an older version.
    table = replace(session.lake, keep_open=False).require(address)
    label = _load(table, address, as_of)
    copy_address = f"as_of/{label}/{address}"
    copy = session.lake.ensure(copy_address, columns, f"{address} at version {table.version()}.")
    outcome: Outcome = "unchanged"
    if copy.transaction_version(address) != table.version():
        files = session.write(copy, f"SELECT * FROM {session.scan(table)}", ordered=True)
        commit(copy, add=files, transactions={address: table.version()}, replace=True, schema=table.schema())
        outcome = "replaced"
    rows = copy.count()
    seconds = time.monotonic() - started
    return RefreshResult(copy_address, copy.table_uri, table.version(), outcome, rows, rows, rows, seconds)


def _load(table: DeltaTable, address: str, as_of: str) -> str:
    """Load `table` at a version or time. Returns a label for it that is a valid file name."""
    newest = table.version()
    target = parse_as_of(as_of)
    if isinstance(target, int):
        label = f"v{target}"
    else:
        label = f"{target:%Y%m%dT%H%M%SZ}"
        first = datetime.fromtimestamp(table.history()[-1]["timestamp"] / 1000, UTC)
        if target < first:
            raise LakeError(
                f"{address}: has no version at {target.isoformat()}. The oldest known version is from "
                f"{first.isoformat()}."
            )
    try:
        table.load_as_version(target)
    except (DeltaError, OSError, OverflowError) as error:
        raise LakeError(f"{address}: has no version {as_of}. The newest version is {newest}.") from error
    require_files(table, address, newest)
    return label
