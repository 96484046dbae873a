"""Streams as assets of the graph, and the reports of the continuous streaming job.

A run of an asset reads the records that are in the stream now, then stops. If no setting says how to reach the stream,
Dagster shows the asset but cannot run it.
"""

import time
from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta

import dagster as dg

from pinterest_platform.catalog import Catalog, Model, RawTable
from pinterest_platform.domain import Domain
from pinterest_platform.engines.contract import Engine
from pinterest_platform.flow.streams import MOST_TIMINGS, Timing, timing
from pinterest_platform.lake.lake import Lake
from pinterest_platform.orchestration import external, metadata
from pinterest_platform.orchestration.live import live_assets
from pinterest_platform.orchestration.names import own_name
from pinterest_platform.orchestration.resources import spark_key
from pinterest_platform.orchestration.results import asset_key, check_specs, checked
from pinterest_platform.report.figures.svg import data_address
from pinterest_platform.report.flow import phases
from pinterest_platform.report.words import listed
from pinterest_platform.settings import Settings
from pinterest_platform.streaming import BATCHES, REJECTED, Batch, Stream, run_streams
from pinterest_platform.streaming.catalog import counted_live
from pinterest_platform.tasks import checks
from pinterest_platform.tasks.figures import preview
from pinterest_platform.tasks.policy import OWNER

LAYER = "stream"

#: Seconds between two charts of where time was spent: Dagster keeps each one forever.
_PICTURED = 900.0

#: Most batches of a stream in one report: more accumulate only while reporting fails.
_MOST_WAITING = 10_000

#: A stream that is read continuously is reported every few seconds. After this long without a report it is stuck.
FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=1), warn_window=timedelta(minutes=10))


def stream_assets(
    settings: Settings, catalog: Catalog, streams: Iterable[Stream], known: Iterable[dg.AssetKey]
) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """The tables of streams and live results, the views, and the origins of streams that are not among the assets
    `known`."""
    streams, domain = list(streams), catalog.domain
    known = set(known)
    found: list[dg.AssetsDefinition | dg.AssetSpec] = []
    for stream in streams:
        table, origin = catalog.streams[stream.address], _origin(settings, domain, stream)
        if origin.key not in known:
            known.add(origin.key)
            found.append(origin)
        found.append(
            _stream_asset(settings, catalog, stream, table, origin.key)
            if _can_be_read(settings, stream)
            else _spec(domain, table, [origin.key], {stream.source, "deltalake"})
        )
    upstream = [asset_key(domain, stream.address) for stream in streams]
    found += [
        _spec(domain, table, upstream, {"deltalake"})
        for table in (REJECTED, BATCHES)
        if table.address in catalog.streams
    ]
    if counted := counted_live(domain, streams):
        found += live_assets(settings, catalog, *counted, can_be_run=_can_be_read(settings, counted[1]))
    found += [
        _spec(domain, view, [asset_key(domain, a) for a in view.upstreams], {"view", "sql"})
        for view in catalog.views.values()
    ]
    return found


def _can_be_read(settings: Settings, stream: Stream) -> bool:
    """Whether the settings say how to reach the stream. Only reading it shows whether it exists."""
    return bool(settings.streams or (settings.kafka_brokers if stream.source == "kafka" else settings.kinesis_endpoint))


def _origin(settings: Settings, domain: Domain, stream: Stream) -> dg.AssetSpec:
    same_topic = stream.source == "kafka" and stream.origin == settings.topic(stream.record)
    return dg.AssetSpec(
        external.topic_key(domain, stream.record)
        if same_topic
        else asset_key(domain, f"{stream.source}/{stream.name}"),
        deps=external.source_keys(settings, domain, stream.record),
        description=f"The {'topic' if stream.source == 'kafka' else 'stream'} {stream.origin}. "
        "Each record is a row of the source, as it was posted.",
        group_name=own_name(domain, stream.source),
        kinds={stream.source},
        owners=[OWNER],
    )


def _spec(domain: Domain, table: RawTable | Model, upstream: Sequence[dg.AssetKey], kinds: set[str]) -> dg.AssetSpec:
    return dg.AssetSpec(
        asset_key(domain, table.address),
        deps=upstream,
        description=f"{table.description} Computed from {listed([key.to_user_string() for key in upstream])}.",
        group_name=own_name(domain, table.layer),
        kinds=kinds,
        owners=[OWNER],
        metadata=metadata.definition(domain, table),
    )


def _stream_asset(
    settings: Settings, catalog: Catalog, stream: Stream, table: RawTable, origin: dg.AssetKey
) -> dg.AssetsDefinition:
    domain = catalog.domain
    key = asset_key(domain, table.address)
    session = spark_key(settings)

    @dg.asset(
        key=key,
        deps=[origin],
        check_specs=check_specs(domain, table.address, checks.groups(table)),
        metadata={**metadata.definition(domain, table), "stream": stream.origin},
        description=f"{table.description} A run reads the records that are in the stream now. `pinterest-platform "
        "stream` reads continuously.",
        group_name=own_name(domain, LAYER),
        kinds={stream.source, settings.engine, "deltalake"},
        owners=[OWNER],
        freshness_policy=FRESHNESS,
        pool=own_name(domain, f"stream_{stream.name}"),
        required_resource_keys={"engine", *session},
    )
    def read_stream(context: dg.AssetExecutionContext) -> dg.MaterializeResult:  # type: ignore[type-arg]
        engine: Engine = context.resources.engine
        report = StreamReport(domain)
        for name in session:
            # The reader of the stream uses the open session.
            _ = getattr(context.resources, name).spark_session

        def on_batch(batch: Batch) -> None:
            report.add(batch)
            context.log.info("%s: batch %d, %d rows", table.address, batch.batch, batch.rows)

        run_streams(settings, catalog, [stream], once=True, on_batch=on_batch)
        figures = {
            "preview": dg.MetadataValue.md(preview(engine, catalog, table.address)),
            **report.figures(stream, settings),
        }
        judged = checked(domain, table.address, checks.evaluate(engine, catalog, table))
        return dg.MaterializeResult(asset_key=key, metadata=figures, check_results=judged)

    return read_stream


class StreamReport:
    """Collects the batches of streams until they are reported."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self._batches: dict[str, deque[Batch]] = {}
        self._timings: dict[str, deque[Timing]] = {}
        self._pictured: dict[str, float] = {}

    def add(self, batch: Batch) -> None:
        self._batches.setdefault(batch.stream, deque(maxlen=_MOST_WAITING)).append(batch)
        self._timings.setdefault(batch.stream, deque(maxlen=MOST_TIMINGS)).append(timing(batch))

    def publish(self, instance: dg.DagsterInstance, streams: Iterable[Stream], settings: Settings) -> None:
        """Report a materialization of each stream with batches since its last report. If that fails, the next report
        includes them."""
        for stream in streams:
            if self._batches.get(stream.origin):
                figures = self.figures(stream, settings)
                instance.report_runless_asset_event(
                    dg.AssetMaterialization(asset_key(self._domain, stream.address), metadata=figures)
                )
                del self._batches[stream.origin]

    def figures(self, stream: Stream, settings: Settings) -> metadata.Metadata:
        """Totals of the batches since the last report, as metadata; `stream.batches` has each single batch.

        Every 15 minutes they include a chart of where the newest batches spent their time.
        """
        batches, timings = self._batches.get(stream.origin, ()), self._timings.get(stream.origin)
        table = Lake(settings.lake_root).open(stream.address)
        rows = table.count() if table else 0
        figures = {"dagster/row_count": rows, "version": table.version() if table else 0, **_summary(batches)}
        if timings and time.monotonic() - self._pictured.get(stream.origin, -_PICTURED) >= _PICTURED:
            self._pictured[stream.origin] = time.monotonic()
            figure = phases(stream.name, timings)
            figures["put_to_visible"] = dg.MetadataValue.md(f"![{figure.title}]({data_address(figure)})")
        return figures


def _summary(batches: Collection[Batch]) -> metadata.Metadata:
    lag: dict[str, int] = {}
    for batch in batches:
        lag |= batch.lag
    visible: Mapping[str, list[float]] = {
        name: [seconds for batch in batches if (seconds := getattr(batch, name)) is not None]
        for name in ("visible_p50_seconds", "visible_p99_seconds", "visible_max_seconds")
    }
    return {
        "batches": len(batches),
        "records": sum(batch.records for batch in batches),
        "rows_added": sum(batch.rows for batch in batches),
        "rows_rejected": sum(batch.rejected for batch in batches),
        "lag": lag,
        **{
            name: round(sum(getattr(batch, name) or 0.0 for batch in batches), 3)
            for name in ("read_seconds", "clean_seconds", "commit_seconds")
        },
        **{name: round(max(values), 3) for name, values in visible.items() if values},
    }
