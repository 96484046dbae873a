"""Named moments between the steps of a write, at which a crash must neither lose nor duplicate rows.

Writers call `reached`, which does nothing in production. A test arms a moment in a separate process and kills that
process there. Each name describes the state of the lake, so it stays valid when a function is renamed.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Failpoint(StrEnum):
    """A moment of a write; `reached` names the table or file."""

    #: The table exists and is open, possibly empty.
    TABLE_READY = "table ready"
    #: Columns are added to the table in place; no row has a value in them.
    COLUMNS_ADDED = "columns added"
    #: The log of an unreadable table is moved away; the table is not recreated yet.
    LOG_PUT_AWAY = "log put away"
    #: Landing objects are listed and open; none of their lines is read.
    BATCH_OPENED = "batch opened"
    #: The lines of a batch are parsed.
    LINES_PARSED = "lines parsed"
    #: Known lines are separated from new ones.
    NEW_LINES_FOUND = "new lines found"
    #: Data files are in the table's folder; no commit references them.
    FILES_WRITTEN = "files written"
    #: A commit is in the table's log.
    COMMITTED = "committed"
    #: All batches are ingested; small files are not compacted yet.
    INGESTED = "ingested"
    #: Small files are chosen for compaction.
    FILES_CHOSEN = "files chosen"
    #: Compacted files have replaced the small ones.
    FILES_JOINED = "files joined"
    #: A file for the landing zone is complete under a temporary name.
    FILE_PREPARED = "file prepared"
    #: The file has its final name.
    FILE_PLACED = "file placed"
    #: Some of a table's rows are sent to a database, which waits for more.
    PIECE_SENT = "piece sent"
    #: All differences are written to a database, in a transaction that is not committed.
    ROWS_SENT = "rows sent"
    #: The records to erase are written down; nothing is erased yet.
    ERASURE_BEGUN = "erasure begun"
    #: The records are registered as erased; they are still in place.
    ERASED_REMEMBERED = "erased remembered"
    #: The landing zone no longer has erased lines.
    LANDING_REWRITTEN = "landing rewritten"
    #: The newest version of each table has no erased rows.
    TABLES_REWRITTEN = "tables rewritten"
    #: Old versions of a table are removed.
    HISTORY_REMOVED = "history removed"
    #: The certificate of an erasure is written; the list of records to erase is not deleted yet.
    ERASURE_CERTIFIED = "erasure certified"


#: Called with each moment and its place; only tests set it.
armed: Callable[[Failpoint, str], None] | None = None


def reached(moment: Failpoint, where: str) -> None:
    """Report a moment of a write to a table, by its location or address, or to a file."""
    if armed is not None:
        armed(moment, where)
