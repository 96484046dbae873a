"""Records that a sink distributes over folders by their content, so that their lines are not consecutive.

Unless a line states its own offset, its offset is that of its object's name plus the number of lines before it. If
consecutive records of a topic go to different folders, two records get one offset, and one would look already known.
Their true offsets cannot be recovered, so nothing of the batch is ingested.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pinterest_platform.landing.store import LandingError

#: Partition, offset, and two objects with different records at that offset.
Clash = tuple[int, int, str, str]


def content(columns: Iterable[str]) -> str:
    """SQL, for any engine, for the identity of a record: its quoted columns, each value after its length."""
    texts = (f"CAST({column} AS STRING)" for column in columns)
    values = (f"coalesce(CAST(length({text}) AS STRING) || ':' || {text}, '-')" for text in texts)
    return f"concat_ws('|', {', '.join(values)})"


def lines_of(relation: str, told_by: str) -> str:
    """SQL for the lines of a relation, with the identity of each."""
    return f"SELECT kafka_partition, kafka_offset, landing_file, {told_by} AS content FROM {relation}"


def clash_sql(lines: Sequence[str]) -> str:
    """SQL, for any engine, for one `Clash` among `lines_of` relations, or no row.

    Lines within one folder are consecutive. The same record may be in two folders, if a sink died and wrote it again.
    """
    folder = "regexp_replace(landing_file, '[^/]*$', '')"
    return (
        "SELECT kafka_partition, kafka_offset, min(landing_file), max(landing_file) "
        f"FROM ({' UNION ALL '.join(lines)}) AS lines GROUP BY kafka_partition, kafka_offset "
        f"HAVING count(DISTINCT content) > 1 AND count(DISTINCT {folder}) > 1 "
        "ORDER BY kafka_partition, kafka_offset LIMIT 1"
    )


def refused(topic: str, clash: Clash) -> LandingError:
    """The error for a clash."""
    partition, offset, one, other = clash
    return LandingError(
        f"landing zone: {one} and {other} have different records at offset {offset} of partition {partition} of "
        f"{topic}. The sink put consecutive records into different folders, and the lines do not state their offsets. "
        "Nothing was ingested from them. Configure the sink to write partition folders, or to add the offset to each "
        "record (transforms InsertField, offset.field=_offset). Then land the topic again in another place."
    )
