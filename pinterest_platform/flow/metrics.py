"""Exports the flow as Prometheus metrics. Names follow its conventions: base units, with the unit last.

This module does not serve the metrics.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from pinterest_platform.flow.state import Flow

_PREFIX = "pinterest_platform_"


def registry(flow: Flow) -> CollectorRegistry:
    """The metrics of a flow, in a registry of `prometheus_client`."""
    found = CollectorRegistry(auto_describe=False)
    found.register(_Collected(flow))
    return found


class _Collected(Collector):
    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def collect(self) -> Iterator[Metric]:
        yield from _topics(self._flow)
        yield from _tables(self._flow)
        yield from _streams(self._flow)
        yield from _runs(self._flow)
        stuck = _gauge("stuck", "Problems that need attention. `pinterest-platform status` shows how to fix them.")
        stuck.add_metric([], len(self._flow.stuck))
        yield stuck


def _gauge(name: str, help_: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(_PREFIX + name, help_, labels=labels)


def _seconds(moment: datetime) -> float:
    return moment.timestamp()


def _topics(flow: Flow) -> Iterator[Metric]:
    offsets = _gauge("topic_next_offset", "Next offset at a place.", "topic", "partition", "place")
    lag = _gauge("topic_lag_records", "Records that have not reached a place yet.", "topic", "partition", "place")
    waiting = _gauge(
        "topic_waiting_seconds", "Age of the oldest landed object that is not ingested.", "topic", "partition"
    )
    for topic in flow.topics:
        for at in topic.partitions:
            where = [topic.topic, str(at.partition)]
            for place, offset in (("topic", at.written), ("landing", at.landed), ("raw", at.ingested)):
                if offset is not None:
                    offsets.add_metric([*where, place], offset)
            if at.written is not None:
                lag.add_metric([*where, "landing"], at.not_landed)
            lag.add_metric([*where, "raw"], at.not_ingested)
            waiting.add_metric(where, at.waiting(flow.looked_at).total_seconds())
    way = _gauge(
        "newest_records_seconds",
        "Time that the newest records took to a place from the previous one.",
        "topic",
        "place",
    )
    for journey in flow.journeys:
        for place, seconds in journey.steps:
            if seconds is not None:
                way.add_metric([journey.topic, place], seconds)
    yield from (offsets, lag, waiting, way)


def _tables(flow: Flow) -> Iterator[Metric]:
    rows = _gauge("table_rows", "Rows of a table at its last refresh.", "table")
    made = _gauge("table_made_timestamp_seconds", "Time of the last refresh of a table.", "table")
    took = _gauge("table_duration_seconds", "Duration of the last refresh of a table.", "table")
    changed = _gauge(
        "table_last_rows", "Rows read, changed and rejected in the last refresh of a table.", "table", "kind"
    )
    failed = _gauge("table_checks_failed", "Violated checks of a table.", "table", "severity")
    for table in flow.tables:
        if table.made:
            made.add_metric([table.address], _seconds(table.made))
        if table.rows is not None:
            rows.add_metric([table.address], table.rows)
        if table.seconds is not None:
            took.add_metric([table.address], table.seconds)
        for kind in ("in", "changed", "rejected"):
            if (count := getattr(table, f"rows_{kind}")) is not None:
                changed.add_metric([table.address, kind], count)
        failed.add_metric([table.address, "error"], len(table.failed))
        failed.add_metric([table.address, "warning"], len(table.warned))
    yield from (rows, made, took, changed, failed)


def _streams(flow: Flow) -> Iterator[Metric]:
    rows = _gauge("stream_rows", "Rows of a stream's table.", "stream")
    rejected = _gauge("stream_rejected_rows", "Rejected records of a stream.", "stream")
    rate = _gauge("stream_records_per_second", "Records committed per second, over the last minute.", "stream")
    committed = _gauge("stream_committed_timestamp_seconds", "Time of the last commit to a stream's table.", "stream")
    seconds = _gauge("stream_lag_seconds", "Lag of a shard at the last commit.", "stream", "shard")
    records = _gauge("stream_lag_records", "Lag of a Kafka partition at the last commit.", "stream", "shard")
    visible = _gauge("stream_visible_seconds", "Time from put to visible in the last commit.", "stream", "quantile")
    for stream in flow.streams:
        name = [stream.name]
        rows.add_metric(name, stream.rows)
        rejected.add_metric(name, stream.rejected)
        rate.add_metric(name, stream.records_per_second(flow.looked_at))
        if stream.committed:
            committed.add_metric(name, _seconds(stream.committed))
        for shard, lag in stream.lag.items():
            if stream.source == "kinesis":
                seconds.add_metric([*name, shard], lag / 1000)
            else:
                records.add_metric([*name, shard], lag)
        if stream.timings:
            last = stream.timings[-1]
            for quantile, value in (("0.5", last.visible_p50), ("0.99", last.visible_p99)):
                if value is not None:
                    visible.add_metric([*name, quantile], value)
    yield from (rows, rejected, rate, committed, seconds, records, visible)


def _runs(flow: Flow) -> Iterator[Metric]:
    started = _gauge("run_started_timestamp_seconds", "Start time of the newest run of a job.", "job")
    took = _gauge("run_duration_seconds", "Duration of the newest finished run of a job.", "job")
    success = _gauge("run_success", "Whether the newest finished run of a job succeeded: 1 or 0.", "job")
    for job in dict.fromkeys(run.job for run in flow.runs):
        of_job = [run for run in flow.runs if run.job == job]
        started.add_metric([job], _seconds(of_job[0].started))
        ended = next((run for run in of_job if not run.under_way), None)
        if ended and ended.seconds is not None:
            took.add_metric([job], ended.seconds)
            success.add_metric([job], ended.status == "success")
    yield from (started, took, success)
