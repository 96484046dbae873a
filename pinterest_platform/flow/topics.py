"""Measures the flow of one topic, from the current state of the landing zone, the lake and the brokers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pinterest_platform.domain import Domain
from pinterest_platform.flow.partitions import LATE, PartitionFlow, late, measure
from pinterest_platform.kafka.connection import KafkaUnavailableError
from pinterest_platform.kafka.offsets import read_offsets
from pinterest_platform.lake.lake import Lake
from pinterest_platform.lake.positions import read_positions
from pinterest_platform.landing.listing import plan_topic
from pinterest_platform.landing.stores import open_zone
from pinterest_platform.landing.survey import survey
from pinterest_platform.settings import Settings


@dataclass(frozen=True)
class TopicFlow:
    """The partitions of a topic at one time. `new_objects` counts the objects that a run would read. `problem` says why
    the brokers, if configured, could not be asked."""

    record: str
    topic: str
    looked_at: datetime
    new_objects: int
    partitions: Sequence[PartitionFlow]
    problem: str | None

    @property
    def late(self) -> list[str]:
        """Late, lost and unknown records, with a sentence each. Empty if all is well."""
        return [*late(self.partitions, self.looked_at), *([self.problem] if self.problem else [])]


def look_at_all(settings: Settings, domain: Domain, now: datetime, *, thorough: bool = False) -> list[TopicFlow]:
    """Look at every topic. Brokers that do not respond for one topic are not asked for the others. Else as `look`."""
    flows: list[TopicFlow] = []
    for record in domain.records:
        problem = next((flow.problem for flow in flows if flow.problem), None)
        flows.append(look(settings, domain, record, now, thorough=thorough, problem=problem))
    return flows


def unread(settings: Settings, flows: Sequence[TopicFlow]) -> str:
    """Say why topics without any partition are not read, with the expected and the existing topics. Empty if each topic
    has partitions.

    Raises:
        LandingError: the landing zone cannot be listed.
    """
    if all(flow.partitions for flow in flows):
        return ""
    return survey(settings, [flow.topic for flow in flows]).problem


def look(
    settings: Settings,
    domain: Domain,
    record: str,
    now: datetime,
    *,
    thorough: bool = False,
    problem: str | None = None,
) -> TopicFlow:
    """Look at the topic of `record`, with one listing per partition. `thorough` as in `plan_topic`. If a `problem` with
    the brokers is known, they are not asked.

    Raises:
        LandingError: the landing zone cannot be listed.
        LakeError: the raw table cannot be read.
    """
    topic, table = settings.topic(record), Lake(settings.lake_root).open(f"raw/{record}")

    def known(topic: str, partition: int) -> int:
        return read_positions(table, topic, [partition])[partition].next_offset if table else 0

    store = open_zone(settings, None if thorough else known)
    partitions = store.partitions(topic)
    positions = read_positions(table, topic, partitions) if table else {}
    plan = plan_topic(store, topic, positions, partitions=partitions, thorough=thorough)
    offsets = None
    if domain.kafka and settings.kafka_brokers and not problem:
        try:
            offsets = read_offsets(settings, topic, now - LATE)
        except KafkaUnavailableError as error:
            problem = str(error)
    new_objects = sum(len(partition.objects) for partition in plan.partitions)
    return TopicFlow(record, topic, now, new_objects, measure(plan, offsets), problem)
