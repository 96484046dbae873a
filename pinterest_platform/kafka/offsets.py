"""Offsets of the partitions of a topic, as the brokers report them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pinterest_platform.kafka.connection import client_options, unavailable
from pinterest_platform.settings import Settings

if TYPE_CHECKING:
    from kafka import TopicPartition
    from kafka.admin import KafkaAdminClient

#: Milliseconds to wait for the first answer. Callers ask in addition to their own work.
_PATIENCE_MS = 5_000


@dataclass(frozen=True)
class Offsets:
    """Offsets of one partition.

    - `first`: the first offset that it still holds.
    - `end`: the next offset to be written.
    - `end_then`: the next offset at a given time.
    - `committed`: the offset that the connector of the topic has committed, or 0 if it has not started.
    """

    first: int
    end: int
    end_then: int
    committed: int = 0


def read_offsets(settings: Settings, topic: str, then: datetime) -> dict[int, Offsets]:
    """Offsets of every partition of a topic, with `end_then` at the time `then` and `committed` by the connector. Empty
    if the topic does not exist.

    Raises:
        SettingsError: no brokers are set.
        KafkaUnavailableError: the cluster cannot be reached.
    """
    from kafka import TopicPartition
    from kafka.admin import KafkaAdminClient, OffsetSpec
    from kafka.errors import KafkaError

    options = {**client_options(settings), "bootstrap_timeout_ms": _PATIENCE_MS}
    try:
        admin = KafkaAdminClient(**options)
        try:
            [described] = admin.describe_topics([topic])
            partitions = [TopicPartition(topic, p["partition_index"]) for p in described["partitions"]]
            if not partitions:
                return {}
            first, end, later = (
                {at.partition: found.offset for at, found in answer.items()}
                for answer in (
                    admin.list_partition_offsets(dict.fromkeys(partitions, spec))
                    for spec in (OffsetSpec.EARLIEST, OffsetSpec.LATEST, int(then.timestamp() * 1000))
                )
            )
            committed = _committed(admin, f"connect-{settings.connector}")
        finally:
            admin.close()
    except (KafkaError, OSError) as error:
        raise unavailable(settings, error) from error
    # The offset of the first record written at that time or later, or -1.
    return {
        at.partition: Offsets(
            first[at.partition],
            end[at.partition],
            later[at.partition] if later[at.partition] >= 0 else end[at.partition],
            committed[at].offset if at in committed else 0,
        )
        for at in sorted(partitions)
    }


def _committed(admin: KafkaAdminClient, group: str) -> dict[TopicPartition, Any]:
    """The committed offsets of a group. Empty if the group does not exist or access is denied."""
    from kafka.errors import KafkaError

    try:
        return dict(admin.list_group_offsets(group)[group])
    except KafkaError:
        return {}
