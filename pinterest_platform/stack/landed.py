"""How far the sink is behind the topics. What is then ingested from the landing zone is the lake's to say."""

from __future__ import annotations

from pinterest_platform.kafka.connection import client_options
from pinterest_platform.kafka.topics import list_topics
from pinterest_platform.settings import Settings


def not_landed(settings: Settings, connector: str) -> int:
    """Records in the three topics that a connector has brought neither to the landing zone nor to the dead letters.

    A sink commits an offset once all before it is safe, so this is never too low.

    Raises:
        KafkaUnavailableError: the cluster cannot be asked.
    """
    from kafka import TopicPartition
    from kafka.admin import KafkaAdminClient

    # How connectors' consumers are called.
    group = f"connect-{connector}"
    ends = {
        TopicPartition(topic.name, partition): offsets
        for topic in list_topics(settings)
        for partition, offsets in topic.offsets.items()
    }
    with KafkaAdminClient(**client_options(settings)) as admin:
        committed = admin.list_group_offsets(group)[group]
    return sum(
        end - max(first, committed[partition].offset if partition in committed else first)
        for partition, (first, end) in ends.items()
    )
