"""Keeping live tables small.

They change as often as their stream is committed to. So what they were before is kept for an hour, where other tables
keep it for days: a query that runs finds its files, and there is no going back in time.
"""

from __future__ import annotations

import logging

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from pinterest_platform.catalog import RawTable
from pinterest_platform.lake.lake import Lake

#: The log is cleaned by delta-rs, whenever it makes a checkpoint.
PROPERTIES = {
    "delta.logRetentionDuration": "interval 1 hours",
    "delta.deletedFileRetentionDuration": "interval 1 hours",
}
#: Versions between two looks for files that are not needed any more.
_CLEAN_EVERY = 100

_log = logging.getLogger(__name__)


def open_table(lake: Lake, declared: RawTable) -> DeltaTable:
    """The table, created empty if it does not exist.

    Raises:
        LakeError: it cannot be opened or created.
    """
    return lake.ensure(declared.address, declared.columns, declared.description, PROPERTIES)


def clean_up(table: DeltaTable) -> None:
    """After a commit: from time to time delete files that are not needed any more. Trouble is only logged."""
    if table.version() % _CLEAN_EVERY:
        return
    try:
        # All that lies there is looked at: what the log tells of removed files goes with its checkpoints.
        table.vacuum(dry_run=False, full=True)
    except (DeltaError, OSError) as error:
        _log.warning("%s: not cleaned up this time: %s", table.table_uri, error)
