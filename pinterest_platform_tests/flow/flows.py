"""Flows to show: one with nothing in it, one in which much is stuck and names are long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pinterest_platform.flow.journey import Journey, places
from pinterest_platform.flow.partitions import PartitionFlow
from pinterest_platform.flow.postings import Sent
from pinterest_platform.flow.runs import Run, Step, TableRun
from pinterest_platform.flow.state import Flow
from pinterest_platform.flow.streams import StreamFlow, Timing
from pinterest_platform.flow.topics import TopicFlow

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
LAYERS = ("cleaned", "analytics")
LONG = "a_name_that_goes_on_and_on_" * 4


def nothing() -> Flow:
    return Flow(NOW, LAYERS, (), (), (), (), (), ())


def busy() -> Flow:
    topics = [_topic(f"prefix.{name}", places=12) for name in ("pin", "geo", LONG)]
    steps = [Step(f"analytics/{LONG}{n}", n * 7.5, "no room <left> on the disk" if n == 3 else None) for n in range(25)]
    runs = [
        Run(
            f"{n:032x}",
            LONG if n else "refresh_all",
            "failure",
            NOW - timedelta(hours=n),
            900.0,
            steps if not n else (),
        )
        for n in range(8)
    ]
    tables = [TableRun(f"analytics/{LONG}{n}", NOW, 10**9, 0.01, 10**9, 3, 0, ["rules: x"], ["y"]) for n in range(20)]
    journeys = [
        Journey(
            flow.topic,
            dict(
                zip(
                    places(LAYERS),
                    (NOW, NOW + timedelta(seconds=n), NOW + timedelta(minutes=9), None, None),
                    strict=True,
                )
            ),
        )
        for n, flow in enumerate(topics)
    ]
    streams = [_stream("pin", 60), _stream("once", 1), _stream("none", 0)]
    sent = [Sent("landing", "landing folder", 10**9, 3, 10**9, NOW)]
    return Flow(NOW, LAYERS, sent, topics, journeys, tables, streams, runs, ["lake: cannot be read"])


def _topic(name: str, places: int) -> TopicFlow:
    at = [PartitionFlow(n, 0, 10**12, 10**12, None, 10**11, 10**10, NOW - timedelta(hours=1)) for n in range(places)]
    return TopicFlow(name, name, NOW, 3, at, None)


def _stream(name: str, commits: int) -> StreamFlow:
    timings = [
        Timing(NOW - timedelta(seconds=commits - n), 1000, 0.1 * (n % 3), 1.0, 0.2, 0.1, 1.0, 1.4)
        for n in range(commits)
    ]
    lag = {f"shardId-{n:012d}": 1000 * n for n in range(8)}
    return StreamFlow(name, f"streaming-{LONG}", "kinesis", 10**9, 5, NOW if commits else None, lag, timings)
