"""Measures streams: how fast they drain existing records, and how soon a record is visible at a steady rate. Also
measures a start with nothing new, before and after the steady part.

For comparison, the same streams on Spark and a Spark notebook drain the same topics, unless `--no-spark` is given.

The benchmark starts Kafka on the same machine, with three topics of three partitions. The local Kinesis server would be
the bottleneck: it handles a few thousand records per second. The steady part replays the drained records. Poster,
broker and job share the processors. Each record must be in its table once at the end.
"""

from __future__ import annotations

import json
import shutil
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import harness
import measure

from pinterest_platform.engines.spark.jars import fetch_jars
from pinterest_platform.engines.spark.java import find_java
from pinterest_platform.engines.spark.local import spark_home
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.stack.kafka import KafkaBroker

BENCHMARK = "streaming"
#: Seconds that the job runs before posting starts and after it ends.
_MARGIN = 10

_FIGURES = """
SELECT SUM(records) AS records, COUNT(*) AS commits,
  ROUND(SUM(visible_p50_seconds * records) / SUM(records), 3) AS visible_p50_seconds,
  ROUND(PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY visible_p99_seconds), 3) AS visible_p99_seconds_of_half_of_commits,
  ROUND(MAX(visible_p99_seconds), 3) AS visible_p99_seconds_at_worst,
  ROUND(SUM(CASE WHEN visible_max_seconds <= 2 THEN records ELSE 0 END) / SUM(records), 4)
    AS share_of_records_in_commits_within_2_seconds,
  ROUND(AVG(wait_seconds), 3) AS wait_seconds, ROUND(AVG(read_seconds), 3) AS read_seconds,
  ROUND(AVG(clean_seconds), 3) AS clean_seconds, ROUND(AVG(commit_seconds), 3) AS commit_seconds
FROM stream.batches
"""


def main() -> None:
    parser = harness.arguments(__doc__, postings=200_000, repeats=1)
    parser.add_argument("--rate", type=int, default=20_000, help="records per second of the steady part (%(default)s)")
    parser.add_argument("--no-spark", action="store_true", help="skip Spark")
    parser.add_argument("--seconds", type=int, default=60, help="duration of the steady part (%(default)s)")
    parser.add_argument("--trigger", type=float, default=0.5, help="seconds that a batch waits for more (%(default)s)")
    given = parser.parse_args()
    if not given.no_spark:
        harness.require_spark()
    with harness.work_folder(given.work) as work:
        folder = work / BENCHMARK
        shutil.rmtree(folder, ignore_errors=True)
        broker = KafkaBroker(folder / "kafka")
        try:
            broker.start()
            env = _environment(folder, broker.bootstrap_servers, given.trigger)
            measure.run([harness.PLATFORM, "generate", "--rows", str(given.postings)], env)
            harness.emit_machine(
                BENCHMARK, postings=given.postings, rate=given.rate, seconds=given.seconds, trigger=given.trigger
            )
            _drain(env, given.postings)
            if not given.no_spark:
                _drain_on_spark(env, folder, given.postings)
            _steady(env, folder, given.rate, given.seconds)
        finally:
            broker.stop()


def _environment(folder: Path, brokers: str, trigger: float) -> dict[str, str]:
    entry = {"source": "kafka", "trigger": trigger}
    streams = [{**entry, "name": r, "schema": r, "model": f"cleaned/{r}"} for r in RECORDS]
    file = folder / "streams.yaml"
    file.write_text(json.dumps({"streams": streams}))
    paths = harness.platform_env(folder / "landing", folder / "lake", folder / "data")
    return {**paths, "PINTEREST_KAFKA_BROKERS": brokers, "PINTEREST_STREAMS": str(file)}


def _drain(env: Mapping[str, str], postings: int) -> None:
    """Drain records that were posted before."""
    env = {**env, "PINTEREST_TOPIC_PREFIX": "drained"}
    measure.run([harness.PLATFORM, "topics", "create"], env)
    measure.run([harness.PLATFORM, "post", "--to", "kafka", "--order", "bulk"], env)
    for contestant in ("drain", "nothing_new"):
        harness.note(f"{BENCHMARK}: {contestant}")
        figures = measure.run([harness.PLATFORM, "stream", "--once"], env)
        harness.emit(benchmark=BENCHMARK, contestant=contestant, **figures, **_expect(env, postings))


def _drain_on_spark(env: Mapping[str, str], folder: Path, postings: int) -> None:
    """Drain the same topics again, into separate lakes."""
    env = {**env, "PINTEREST_TOPIC_PREFIX": "drained", "PINTEREST_LAKE": str(folder / "spark")}
    harness.note(f"{BENCHMARK}: drain_on_spark")
    figures = measure.run(
        [harness.PLATFORM, "stream", "--once"],
        {**env, "PINTEREST_ENGINE": "spark", "PINTEREST_SPARK_DRIVER_MEMORY": "4g"},
    )
    harness.emit(benchmark=BENCHMARK, contestant="drain_on_spark", **figures, **_expect(env, postings))
    harness.note(f"{BENCHMARK}: peers/stream_spark.py")
    jars = ",".join(map(str, fetch_jars(find_java(None), spark_home(), "delta", "kafka")))
    peer = [harness.PYTHON, str(harness.HERE / "peers" / "stream_spark.py")]
    figures = measure.run([*peer, env["PINTEREST_KAFKA_BROKERS"], "drained", str(folder / "notebook"), jars], env)
    if figures["records"] != postings * len(RECORDS):
        raise SystemExit(f"peers/stream_spark.py has {figures['records']} records, expected {postings} per topic")
    harness.emit(benchmark=BENCHMARK, contestant="peer_stream_spark", **figures)


def _steady(env: Mapping[str, str], folder: Path, rate: int, seconds: int) -> None:
    """Read records that arrive at a steady rate, into a separate lake."""
    changes = {"PINTEREST_TOPIC_PREFIX": "steady", "PINTEREST_LAKE": str(folder / "steady")}
    env, postings = {**env, **changes}, rate * seconds // len(RECORDS)
    measure.run([harness.PLATFORM, "topics", "create"], env)
    harness.note(f"{BENCHMARK}: steady")
    replay = [harness.PYTHON, str(harness.HERE / "replay.py"), env["PINTEREST_KAFKA_BROKERS"], "drained", "steady"]
    with _Job([harness.PLATFORM, "stream"], env) as job:
        time.sleep(_MARGIN)
        posted = measure.run([*replay, str(postings), str(rate / len(RECORDS))], env)
        time.sleep(_MARGIN)
    harness.emit(
        benchmark=BENCHMARK,
        contestant="steady",
        posted_records_a_second=round(postings * len(RECORDS) / posted["posting_seconds"]),
        cpu_seconds=job.figures["cpu_seconds"],
        peak_mb=job.figures["peak_mb"],
        mb_each_minute=job.figures["mb_each_minute"],
        **_expect(env, postings),
    )
    harness.note(f"{BENCHMARK}: restart")
    figures = measure.run([harness.PLATFORM, "stream", "--once"], env)
    harness.emit(benchmark=BENCHMARK, contestant="restart", after_records=postings * len(RECORDS), **figures)


class _Job(threading.Thread):
    """Measures a command that runs until the end of a `with` block."""

    def __init__(self, command: list[str], env: Mapping[str, str]) -> None:
        super().__init__()
        self._command, self._env, self._ended = command, env, threading.Event()
        self.figures: dict[str, Any] = {}
        self._failed: SystemExit | None = None

    def __enter__(self) -> _Job:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join()
        if self._failed:
            raise self._failed

    def run(self) -> None:
        try:
            self.figures = measure.run(self._command, self._env, until=self._ended)
        except SystemExit as failed:
            self._failed = failed


def _expect(env: Mapping[str, str], postings: int) -> dict[str, Any]:
    """Return the metrics of the batches. Fails unless each table has this many records, none of them twice."""
    tables = " UNION ALL ".join(
        f"SELECT COUNT(*) AS n, COUNT(DISTINCT shard_id || ':' || sequence_number) AS d FROM stream.{record}"
        for record in RECORDS
    )
    counts = f"SELECT MIN(n) AS fewest, MAX(n) AS most, MIN(d) AS distinct FROM ({tables})"
    found = measure.run([harness.PLATFORM, "query", "--format", "json", counts], env)
    if {found["fewest"], found["most"], found["distinct"]} != {postings}:
        raise SystemExit(f"stream tables have {found}, expected {postings} records each")
    answer = measure.run([harness.PLATFORM, "query", "--format", "json", " ".join(_FIGURES.split())], env)
    return {name: value for name, value in answer.items() if name not in ("seconds", "cpu_seconds", "peak_mb")}


if __name__ == "__main__":
    main()
