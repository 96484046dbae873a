"""The external assets: source tables, topics and landing objects; a run's observations of them; the flow check.

The flow check compares the offsets that topic, landing zone and raw table have reached.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from pinterest_platform.domain import Domain
from pinterest_platform.engines.contract import QueryResult
from pinterest_platform.flow.topics import TopicFlow
from pinterest_platform.orchestration.names import own_name
from pinterest_platform.orchestration.results import asset_key
from pinterest_platform.settings import Settings
from pinterest_platform.tasks.figures import markdown

FLOW = "flow"

_FLOW_DESCRIPTION = (
    "No record is late or lost. Every record of the topic landed within ten minutes (checked if brokers are set). "
    "Every landed record was ingested within ten minutes."
)


def source_key(domain: Domain, name: str) -> dg.AssetKey:
    return asset_key(domain, f"source/{name}")


def topic_key(domain: Domain, record: str) -> dg.AssetKey:
    return asset_key(domain, f"kafka/{record}")


def landing_key(domain: Domain, record: str) -> dg.AssetKey:
    return asset_key(domain, f"landing/{record}")


def source_keys(settings: Settings, domain: Domain, record: str) -> list[dg.AssetKey]:
    """The sources of one kind of record that the domain declares."""
    return [source_key(domain, source.name) for source in domain.sources(settings) if source.record == record]


def external_assets(settings: Settings, domain: Domain, owner: str) -> Sequence[dg.AssetSpec]:
    """Source, topic (if brokers or a REST proxy are set) and landing zone of each record kind."""
    through_kafka = domain.kafka and bool(settings.kafka_brokers or settings.rest_url)
    store = "s3" if "://" in settings.landing_root else "file"
    sources = domain.sources(settings)
    specs = []
    for record in domain.records:
        topic = settings.topic(record)

        def spec(
            key: dg.AssetKey,
            description: str,
            kinds: set[str],
            upstream: Sequence[dg.AssetKey],
            topic: str = topic,
        ) -> dg.AssetSpec:
            return dg.AssetSpec(
                key,
                deps=upstream,
                description=description,
                group_name=own_name(domain, key.path[-2]),
                kinds=kinds,
                owners=[owner],
                metadata={"topic": topic},
            )

        sent = []
        for source in sources:
            if source.record == record:
                specs.append(spec(source_key(domain, source.name), source.description, set(source.kinds), []))
                sent.append(source_key(domain, source.name))
        if through_kafka:
            written = f"The topic {topic}. Each record is a row of the source, as it was posted."
            specs.append(spec(topic_key(domain, record), written, {"kafka"}, sent))
            sent = [topic_key(domain, record)]
        landed = f"Objects of the topic {topic} in the landing zone. Each line is a record and never changes."
        specs.append(spec(landing_key(domain, record), landed, {store, "json"}, sent))
    return specs


def flow_spec(key: dg.AssetKey) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(FLOW, asset=key, description=_FLOW_DESCRIPTION)


def judge(domain: Domain, flow: TopicFlow) -> dg.AssetCheckResult:
    """Result of a raw table's flow check, with the offsets of each partition."""
    return dg.AssetCheckResult(
        check_name=FLOW,
        asset_key=asset_key(domain, f"raw/{flow.record}"),
        passed=not flow.late,
        severity=dg.AssetCheckSeverity.WARN,
        metadata=_figures(flow),
    )


def evaluation(domain: Domain, flow: TopicFlow) -> dg.AssetCheckEvaluation:
    """The same result, as a sensor reports it."""
    return dg.AssetCheckEvaluation(
        asset_key=asset_key(domain, f"raw/{flow.record}"),
        check_name=FLOW,
        passed=not flow.late,
        severity=dg.AssetCheckSeverity.WARN,
        metadata=_figures(flow),
    )


def _figures(flow: TopicFlow) -> dict[str, dg.MetadataValue[Any]]:
    columns = ("partition", "written", "landed", "ingested", "waiting since")
    rows: list[tuple[Any, ...]] = [
        (at.partition, at.written, at.landed, at.ingested, at.waiting_since) for at in flow.partitions
    ]
    waiting = max((at.waiting(flow.looked_at).total_seconds() for at in flow.partitions), default=0.0)
    figures: dict[str, dg.MetadataValue[Any]] = {
        "next_offsets": dg.MetadataValue.md(markdown(QueryResult(columns, ("",) * len(columns), rows))),
        "records_not_landed": dg.MetadataValue.int(sum(at.not_landed for at in flow.partitions)),
        "records_not_ingested": dg.MetadataValue.int(sum(at.not_ingested for at in flow.partitions)),
        "minutes_waiting": dg.MetadataValue.float(round(waiting / 60, 1)),
    }
    return {**figures, "violated": dg.MetadataValue.text("; ".join(flow.late))} if flow.late else figures


def observations(
    settings: Settings, domain: Domain, record: str, flow: TopicFlow, figures: Mapping[str, Any]
) -> Iterator[dg.AssetObservation]:
    """Observations of source, topic and landing zone by an ingestion; `figures` is the metadata of its result."""
    for source in domain.sources(settings):
        if source.record == record and (seen := source.figures()):
            yield dg.AssetObservation(source_key(domain, source.name), metadata=seen)
    if any(at.written is not None for at in flow.partitions):
        yield dg.AssetObservation(
            topic_key(domain, record),
            metadata={
                "dagster/row_count": sum((at.written or 0) - (at.first or 0) for at in flow.partitions),
                "next_offsets": {str(at.partition): at.written for at in flow.partitions},
            },
        )
    yield dg.AssetObservation(
        landing_key(domain, record),
        metadata={
            "new_objects": figures["landing_objects"],
            "new_bytes": figures["landing_bytes"],
            "new_lines": figures["lines"],
            "next_offsets": figures["next_offsets"],
        },
    )
