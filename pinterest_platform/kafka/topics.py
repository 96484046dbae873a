"""The topics of records: their configuration, creating them, and listing them.

This module does not read or write records. It never changes an existing topic: it reports differences.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pinterest_platform.kafka.connection import client_options, unavailable
from pinterest_platform.settings import Settings

if TYPE_CHECKING:
    from kafka.admin import KafkaAdminClient

_UNKNOWN_TOPIC = 3
_HOUR_MS = 3_600_000


@dataclass(frozen=True)
class TopicNeeds:
    """The configuration of a new topic.

    - `partitions`: the number of sinks that can read it at once. Do not change it later: keys would move to other
      partitions.
    - `replication`: None is the cluster's default.
    - `retention_hours`: how long records are kept, and so how long the sink may be down. The landing zone keeps them
      permanently.
    """

    partitions: int = 3
    replication: int | None = None
    retention_hours: int = 168

    @property
    def configs(self) -> dict[str, str]:
        return {
            # Every posting is an event: compaction would drop all but the last one of a key.
            "cleanup.policy": "delete",
            "retention.ms": str(self.retention_hours * _HOUR_MS),
            # Kafka's default of 1 MiB, set here because a cluster's own default may be lower.
            "max.message.bytes": "1048588",
        }


@dataclass(frozen=True)
class Topic:
    """An existing or missing topic. `partitions` is 0 if it does not exist. `configs` has the keys that `TopicNeeds`
    names. `offsets` has the first and the next offset of each partition."""

    name: str
    partitions: int
    replication: int
    configs: Mapping[str, str]
    offsets: Mapping[int, tuple[int, int]]

    @property
    def exists(self) -> bool:
        return self.partitions > 0

    @property
    def records(self) -> int:
        """The number of records in it, including transaction markers."""
        return sum(end - begin for begin, end in self.offsets.values())

    def differences(self, needs: TopicNeeds) -> list[str]:
        """The differences from `needs`, each as a phrase. Empty if the topic does not exist."""
        if not self.exists:
            return []
        found: dict[str, object] = {"partitions": self.partitions, **self.configs}
        wanted: dict[str, object] = {"partitions": needs.partitions, **needs.configs}
        if needs.replication is not None:
            found["replication"], wanted["replication"] = self.replication, needs.replication
        return [f"{name} is {found.get(name)}, not {value}" for name, value in wanted.items() if found[name] != value]


def list_topics(settings: Settings, records: Iterable[str]) -> list[Topic]:
    """The topic of each record, in their order.

    Raises:
        SettingsError: no brokers are set.
        KafkaUnavailableError: the cluster cannot be reached.
    """
    with _admin(settings) as admin:
        return _describe(admin, [settings.topic(record) for record in records])


def create_topics(settings: Settings, records: Iterable[str], needs: TopicNeeds) -> tuple[list[Topic], list[str]]:
    """Create missing topics of records. Returns all topics and the names of the new ones.

    Raises:
        SettingsError: no brokers are set.
        KafkaUnavailableError: the cluster cannot be reached, or refuses.
    """
    from kafka.errors import TopicAlreadyExistsError

    names = [settings.topic(record) for record in records]
    made = []
    with _admin(settings) as admin:
        for topic in _describe(admin, names):
            if not topic.exists:
                wanted: dict[str, Any] = {"num_partitions": needs.partitions, "configs": needs.configs}
                if needs.replication is not None:
                    wanted["replication_factor"] = needs.replication
                try:
                    admin.create_topics({topic.name: wanted})
                    made.append(topic.name)
                except TopicAlreadyExistsError:
                    pass  # Another process was faster.
        admin.wait_for_topics(names)
        return _describe(admin, names), made


def _describe(admin: KafkaAdminClient, names: list[str]) -> list[Topic]:
    from kafka.admin import ConfigResource

    found = {topic["name"]: topic for topic in admin.describe_topics(names) if topic["error_code"] != _UNKNOWN_TOPIC}
    resources = [ConfigResource("TOPIC", name) for name in found]
    configs = admin.describe_configs(resources, config_filter="all")["topic"] if resources else {}
    topics = []
    for name in names:
        partitions = found[name]["partitions"] if name in found else []
        topics.append(
            Topic(
                name,
                len(partitions),
                len(partitions[0]["replica_nodes"]) if partitions else 0,
                {key: configs[name][key]["value"] for key in TopicNeeds().configs} if partitions else {},
                _offsets(admin, name, [partition["partition_index"] for partition in partitions]),
            )
        )
    return topics


def _offsets(admin: KafkaAdminClient, name: str, partitions: list[int]) -> dict[int, tuple[int, int]]:
    from kafka import TopicPartition
    from kafka.admin import OffsetSpec

    if not partitions:
        return {}
    begin, end = (
        admin.list_partition_offsets({TopicPartition(name, number): spec for number in partitions})
        for spec in (OffsetSpec.EARLIEST, OffsetSpec.LATEST)
    )
    return {
        number: (begin[TopicPartition(name, number)].offset, end[TopicPartition(name, number)].offset)
        for number in sorted(partitions)
    }


@contextmanager
def _admin(settings: Settings) -> Iterator[KafkaAdminClient]:
    from kafka.admin import KafkaAdminClient
    from kafka.errors import KafkaError

    try:
        admin = KafkaAdminClient(**client_options(settings))
        try:
            yield admin
        finally:
            admin.close()
    except (KafkaError, OSError) as error:
        raise unavailable(settings, error) from error
