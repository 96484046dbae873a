"""Moves rejected lines to raw once the corrected rules accept them."""

from __future__ import annotations

from pinterest_platform.engines.duckdb.raw import RawTables
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake.positions import is_recorded, recorded
from pinterest_platform.landing import lines
from pinterest_platform.schemas import RecordSchema
from pinterest_platform.sql import text

#: Bytes of lines to read at a time.
_AT_ONCE = 16 * 2**20


def release(session: Session, schema: RecordSchema, topic: str) -> int:
    """Read all rejected lines of a topic again, and return how many moved to raw.

    Lines that are not UTF-8 stay, because their original bytes are not kept. Raw is committed first: after a crash, the
    lines are still in rejected, and the next attempt finds them in raw.

    Raises:
        LakeConflictError: another writer interfered; start over.
    """
    tables = RawTables(session, schema, topic)
    objects = "rejected_objects"
    session.db.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE {objects} AS
        SELECT row_number() OVER () - 1 AS object, kafka_topic, kafka_partition, kafka_offset AS start_offset,
            landing_file, line, sum(strlen(line)) OVER (ROWS UNBOUNDED PRECEDING) // {_AT_ONCE} AS part
        FROM {session.scan(tables.rejected)}
        WHERE kafka_topic = {text(topic)} AND NOT starts_with(reason, {text(lines.NOT_UTF8)})
        """
    )
    decided = lines.Decided(session.db, schema, objects)
    for (part,) in session.rows(f"SELECT DISTINCT part FROM {objects} ORDER BY part"):
        rows = session.rows(f"SELECT object, line FROM {objects} WHERE part = {part}")
        for chunk in lines.bounded(lines.again(*row) for row in rows):
            decided.add(chunk)
    nothing = f"(SELECT * FROM {decided.rejected} LIMIT 0)"
    ranges = tables.ranges(decided.fitting)
    if not ranges:
        return 0
    news = tables.find_new(decided.fitting, nothing, ranges, {p: high + 1 for p, (_, high, _) in ranges.items()})
    true = recorded(tables.raw, topic) if is_recorded(tables.raw, topic) else {}
    released = tables.commit_raw(news, true)
    tables.commit_rejected(news)
    return released
