"""Named moments between the steps of a write, where a crash must neither lose rows nor repeat them.

Writers pass through `reached`, which does nothing in production. A test arms a moment in a process of its own and
kills the process there. A name describes the state that the lake is in, so it survives a renamed function.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum


class Failpoint(StrEnum):
    """What has just happened, to the table or file that `reached` names."""

    #: The table exists and is open, possibly empty.
    TABLE_READY = "table ready"
    #: Columns are added to the table in place; no row has a value there.
    COLUMNS_ADDED = "columns added"
    #: The log of a table that cannot be read is moved away; the table is not created anew yet.
    LOG_PUT_AWAY = "log put away"
    #: Landing objects are listed and open; none of their lines is read.
    BATCH_OPENED = "batch opened"
    #: The lines of a batch are parsed.
    LINES_PARSED = "lines parsed"
    #: Known lines are told from new ones.
    NEW_LINES_FOUND = "new lines found"
    #: Data files lie in the table's folder; no commit names them.
    FILES_WRITTEN = "files written"
    #: A commit is in the table's log.
    COMMITTED = "committed"
    #: All batches are ingested; small files are not joined yet.
    INGESTED = "ingested"
    #: Small files are chosen to be joined.
    FILES_CHOSEN = "files chosen"
    #: The joined files have taken the place of the small ones.
    FILES_JOINED = "files joined"
    #: A file of the landing zone lies whole beside its name.
    FILE_PREPARED = "file prepared"
    #: The file has its name.
    FILE_PLACED = "file placed"
    #: A piece of a table's rows is sent to a database, which waits for more.
    PIECE_SENT = "piece sent"
    #: All that differs is written to a database, in a transaction that is not committed.
    ROWS_SENT = "rows sent"
    #: What is to be erased is written down; nothing is erased yet.
    ERASURE_BEGUN = "erasure begun"
    #: Erased records are remembered; they still lie where they were.
    ERASED_REMEMBERED = "erased remembered"
    #: The landing zone has no erased line any more.
    LANDING_REWRITTEN = "landing rewritten"
    #: No table has an erased row in its newest version.
    TABLES_REWRITTEN = "tables rewritten"
    #: Old versions of a table are removed.
    HISTORY_REMOVED = "history removed"
    #: The certificate of an erasure is written; what was written down for it is still there.
    ERASURE_CERTIFIED = "erasure certified"


#: Called with each moment and where it is; only tests set it.
armed: Callable[[Failpoint, str], None] | None = None


def reached(moment: Failpoint, where: str) -> None:
    """Pass a moment of a write to a table, by its location or address, or to a file."""
    if armed is not None:
        armed(moment, where)
