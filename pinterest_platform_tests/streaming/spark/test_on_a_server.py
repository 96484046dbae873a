"""Streams over Spark Connect: batches are committed by a worker of the server, which has nothing of this package."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from pinterest_platform_tests.integration.streaming.jobs import run_once
from pinterest_platform_tests.integration.streaming.topics import Topic
from pinterest_platform_tests.landing_data import pin
from pinterest_platform_tests.streaming.chunks import table_rows

pytestmark = pytest.mark.long

CODE = """
    import sys
    from pathlib import Path
    from pinterest_platform.settings import load_settings
    from pinterest_platform.streaming import run_streams
    from pinterest_platform_tests.streaming.chunks import catalog, stream_of

    root, prefix, brokers, remote = sys.argv[1:]
    settings = load_settings(
        data=Path(root), topic_prefix=prefix, kafka_brokers=brokers, engine="spark", spark_remote=remote, _env_file=None
    )
    stream = stream_of(settings, source="kafka")
    run_streams(settings, catalog(), [stream], once=True, on_batch=lambda b: print(b.records, b.rows, b.rejected))
"""


def test_each_record_once(topic: Topic, spark_connect: str) -> None:
    """In a process of its own: pyspark remembers what kind of session it had. It begins where the embedded job was."""
    settings = topic.settings
    topic.put(*(pin(n) for n in range(10)))
    run_once(settings, topic.stream)
    topic.put(*(pin(n) for n in range(10, 30)), b"no pin")
    arguments = [str(settings.data), settings.topic_prefix, settings.kafka_brokers, spark_connect]
    command = [sys.executable, "-c", textwrap.dedent(CODE), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["21 20 1"]
    assert topic.inds() == list(range(30))
    assert table_rows(settings, "stream/rejected", "line") == [("no pin",)]
