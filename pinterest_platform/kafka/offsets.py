"""How far the partitions of a topic are, by the brokers' own account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pinterest_platform.kafka.connection import client_options, unavailable
from pinterest_platform.settings import Settings

if TYPE_CHECKING:
    from kafka import TopicPartition
    from kafka.admin import KafkaAdminClient

#: Milliseconds for the first answer: whoever asks does so beside its own work.
_PATIENCE_MS = 5_000


@dataclass(frozen=True)
class Offsets:
    """Of one partition: the first offset it still holds, the next one to be written, the next one at a time asked for,
    and how far the connector that lands the topic has come; 0 where it has not begun."""

    first: int
    end: int
    end_then: int
    committed: int = 0


def read_offsets(settings: Settings, topic: str, then: datetime) -> dict[int, Offsets]:
    """Offsets of every partition of a topic, `end_then` at the time `then` and `committed` by our connector;
    none where the topic does not exist.

    Raises:
        SettingsError: no brokers are set.
        KafkaUnavailableError: the cluster cannot be asked.
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
    # The offset of the first record written at that time or later; -1 where there is none.
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
    """What a group has committed; nothing where there is no such group, or it may not be seen."""
    from kafka.errors import KafkaError

    try:
        return dict(admin.list_group_offsets(group)[group])
    except KafkaError:
        return {}
