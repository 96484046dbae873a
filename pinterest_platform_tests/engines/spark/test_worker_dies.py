"""A Python worker of Spark's dies in the middle of its work: a task is done again, and no line is there twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress

import psutil

from pinterest_platform_tests.landing_data import Landing, pin, same_as_clean_run

OBJECTS, LINES = 4, 4000
#: Seconds between two looks at processes: Spark needs the processors to get going.
LOOK = 0.1


def workers_below(process: psutil.Process) -> Iterator[psutil.Process]:
    """Python processes that do tasks of Spark: children of a daemon."""
    with suppress(psutil.NoSuchProcess):
        for below in process.children(recursive=True):
            if "pyspark.daemon" in below.cmdline():
                yield from below.children()


def land(landing: Landing, time: int = 0) -> None:
    for first in range(time * OBJECTS * LINES, (time + 1) * OBJECTS * LINES, LINES):
        landing.put(first, [pin(n) if n % 100 else b"garbage" for n in range(first, first + LINES)])


def test_worker_killed_while_parsing(platform, landing, monkeypatch):
    monkeypatch.setattr("pinterest_platform.engines.spark.parsing.TASK_OBJECTS", 1)
    done, killed = threading.Event(), []

    def kill() -> None:
        while not done.wait(LOOK) and len(killed) < 3:
            for worker in workers_below(psutil.Process()):
                with suppress(psutil.NoSuchProcess):
                    worker.kill()
                    killed.append(worker)

    killer = threading.Thread(target=kill)
    killer.start()
    for time in range(10):  # A worker may be done before it is seen.
        land(landing, time)
        platform.engine.ingest("pin")
        if killed:
            break
    done.set()
    killer.join()
    assert killed
    same_as_clean_run(platform, platform.root / "clean")
