"""Posts to Kafka directly and through a REST proxy, compared with posting record by record like the course scripts.

The benchmark starts a broker and the platform's REST proxy on the same machine. `records_a_second` covers the whole
process, including its start and reading the source. Each record must be in its topic at the end.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import harness
import measure

from pinterest_platform.kafka.topics import list_topics
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.settings import load_settings
from pinterest_platform.stack.kafka import KafkaBroker
from pinterest_platform.stack.rest_proxy import RestProxy

BENCHMARK = "posting_kafka"
ONE_BY_ONE = str(harness.HERE / "peers" / "post_one_by_one.py")


def main() -> None:
    parser = harness.arguments(__doc__, postings=100_000)
    parser.add_argument("--one-by-one", type=int, default=1_000, help="postings of the peers (%(default)s)")
    given = parser.parse_args()
    with harness.work_folder(given.work) as work:
        folder = work / BENCHMARK
        shutil.rmtree(folder, ignore_errors=True)
        broker = KafkaBroker(folder / "kafka")
        proxy = None
        try:
            broker.start()
            proxy = RestProxy(folder / "rest", broker.bootstrap_servers)
            proxy.start()
            env = {
                **harness.platform_env(folder / "landing", folder / "lake", folder / "data"),
                "PINTEREST_KAFKA_BROKERS": broker.bootstrap_servers,
                "PINTEREST_REST_URL": proxy.url,
            }
            measure.run([harness.PLATFORM, "generate", "--rows", str(given.postings)], env)
            _compete(env, given.postings, given.one_by_one, given.repeats)
        finally:
            for server in (proxy, broker):
                if server:
                    server.stop()


def _compete(env: Mapping[str, str], postings: int, one_by_one: int, repeats: int) -> None:
    contestants = {
        "rest": ([harness.PLATFORM, "post", "--to", "rest", "--order", "bulk"], postings),
        "kafka": ([harness.PLATFORM, "post", "--to", "kafka", "--order", "bulk"], postings),
        "rest_one_by_one": ([sys.executable, ONE_BY_ONE, "rest", str(one_by_one)], one_by_one),
        "kafka_one_by_one": ([sys.executable, ONE_BY_ONE, "kafka", str(one_by_one)], one_by_one),
    }
    harness.emit_machine(BENCHMARK, repeats=repeats, postings=postings, one_by_one=one_by_one)
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in contestants}
    for repeat in range(1, repeats + 1):
        for name, (command, count) in contestants.items():
            harness.note(f"{BENCHMARK}: {name}, run {repeat} of {repeats}")
            figures = _post(command, {**env, "PINTEREST_TOPIC_PREFIX": f"{name}.{repeat}"}, count)
            runs[name].append(figures)
            harness.emit(benchmark=BENCHMARK, contestant=name, run=repeat, **figures)
    for name, figures_of_runs in runs.items():
        harness.emit_medians(BENCHMARK, name, figures_of_runs)


def _post(command: Sequence[str], env: Mapping[str, str], postings: int) -> dict[str, float]:
    """Post to topics of this run only, and fail unless each then has all postings once."""
    measure.run([harness.PLATFORM, "topics", "create"], env)
    figures = measure.run(command, env)
    figures["records_a_second"] = round(3 * postings / figures["seconds"])
    settings = load_settings(
        kafka_brokers=env["PINTEREST_KAFKA_BROKERS"], topic_prefix=env["PINTEREST_TOPIC_PREFIX"], data=Path("unused")
    )
    for topic in list_topics(settings, RECORDS):
        if topic.records != postings:
            raise SystemExit(f"{topic.name} holds {topic.records} records, expected {postings}")
    return figures


if __name__ == "__main__":
    main()
