"""Records that a sink has spread over folders by what is in them, so that their lines do not follow each other.

A line's offset is that of its object's name and how many lines come before it, unless the line says its own. Where
neighbours in the topic are put into different folders, that gives two records one offset, and one of them would pass
for known. Which offset each has can no longer be told, so nothing of the batch is ingested.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pinterest_platform.landing.store import LandingError

#: Partition, offset, and two objects that have different records there.
Clash = tuple[int, int, str, str]


def content(columns: Iterable[str]) -> str:
    """SQL, for any engine, for what tells one record from another: its quoted columns, each value behind its length."""
    texts = (f"CAST({column} AS STRING)" for column in columns)
    values = (f"coalesce(CAST(length({text}) AS STRING) || ':' || {text}, '-')" for text in texts)
    return f"concat_ws('|', {', '.join(values)})"


def lines_of(relation: str, told_by: str) -> str:
    """SQL for the lines of a relation, with what tells one from another."""
    return f"SELECT kafka_partition, kafka_offset, landing_file, {told_by} AS content FROM {relation}"


def clash_sql(lines: Sequence[str]) -> str:
    """SQL, for any engine, for one `Clash` among `lines_of` relations, if there is any. What is in one folder follows
    each other, and the same record may be in two: a sink that died has written it again."""
    folder = "regexp_replace(landing_file, '[^/]*$', '')"
    return (
        "SELECT kafka_partition, kafka_offset, min(landing_file), max(landing_file) "
        f"FROM ({' UNION ALL '.join(lines)}) AS lines GROUP BY kafka_partition, kafka_offset "
        f"HAVING count(DISTINCT content) > 1 AND count(DISTINCT {folder}) > 1 "
        "ORDER BY kafka_partition, kafka_offset LIMIT 1"
    )


def refused(topic: str, clash: Clash) -> LandingError:
    """What to say of a clash."""
    partition, offset, one, other = clash
    return LandingError(
        f"landing zone: {one} and {other} have different records at offset {offset} of partition {partition} of "
        f"{topic}. The sink put neighbours into different folders, and the lines do not say their offsets. Nothing of "
        "them was ingested. Let the sink add the offset to each record (transforms InsertField, offset.field=_offset), "
        "or write folders of partitions, and let it land the topic again in another place."
    )
