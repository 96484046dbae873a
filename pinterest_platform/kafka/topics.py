"""The topics of records: what each needs, making them, and what is there.

Nothing here writes records or reads them, and nothing is changed that exists: what differs is told.
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
    """What a topic is made with. `partitions` is how many sinks can read it at once, and must not change later, since
    a key would move to another partition. `replication` None is the cluster's default. Records are kept for
    `retention_hours`, which is how long the sink may be down: the landing zone is what keeps them for good."""

    partitions: int = 3
    replication: int | None = None
    retention_hours: int = 168

    @property
    def configs(self) -> dict[str, str]:
        return {
            # Every posting is an event: compaction would drop all but the last one of a key.
            "cleanup.policy": "delete",
            "retention.ms": str(self.retention_hours * _HOUR_MS),
            # Kafka's default of 1 MiB, said here since a cluster's own may be lower.
            "max.message.bytes": "1048588",
        }


@dataclass(frozen=True)
class Topic:
    """A topic as it is. `partitions` is 0 where it does not exist; `configs` are those that `TopicNeeds` names;
    `offsets` are the first and the next one of each partition."""

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
        """Records it holds, markers of transactions included."""
        return sum(end - begin for begin, end in self.offsets.values())

    def differences(self, needs: TopicNeeds) -> list[str]:
        """What is not as `needs` says, each as a phrase; empty where it does not exist."""
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
        KafkaUnavailableError: the cluster cannot be asked.
    """
    with _admin(settings) as admin:
        return _describe(admin, [settings.topic(record) for record in records])


def create_topics(settings: Settings, records: Iterable[str], needs: TopicNeeds) -> tuple[list[Topic], list[str]]:
    """Make those topics of records that do not exist; returns all of them, and the names of those made.

    Raises:
        SettingsError: no brokers are set.
        KafkaUnavailableError: the cluster cannot be asked, or refuses.
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
                    pass  # Someone else was faster.
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
