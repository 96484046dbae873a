"""Keeps live tables small.

They change with each commit of their stream. So their old versions are kept for only an hour, while other tables keep
theirs for days. Running queries find their files, but you cannot read older versions.
"""

from __future__ import annotations

import logging

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from pinterest_platform.catalog import RawTable
from pinterest_platform.lake.lake import Lake

#: delta-rs cleans up the log with each checkpoint.
PROPERTIES = {
    "delta.logRetentionDuration": "interval 1 hours",
    "delta.deletedFileRetentionDuration": "interval 1 hours",
}
#: Versions between two vacuums.
_CLEAN_EVERY = 100

_log = logging.getLogger(__name__)


def open_table(lake: Lake, declared: RawTable) -> DeltaTable:
    """The table, created empty if it does not exist.

    Raises:
        LakeError: it cannot be opened or created.
    """
    return lake.ensure(declared.address, declared.columns, declared.description, PROPERTIES)


def clean_up(table: DeltaTable) -> None:
    """After a commit: from time to time delete files that are no longer needed. Errors are only logged."""
    if table.version() % _CLEAN_EVERY:
        return
    try:
        # Check all files, because checkpoints drop the log's entries for removed files.
        table.vacuum(dry_run=False, full=True)
    except (DeltaError, OSError) as error:
        _log.warning("%s: could not delete old files, will retry later: %s", table.table_uri, error)
