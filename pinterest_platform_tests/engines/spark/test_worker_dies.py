"""An executor's Python dies in the middle of its work: its task is done again, and no line is there twice."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pinterest_platform_tests.landing_data import pin, same_as_clean_run

OBJECTS, LINES = 6, 4000


def workers() -> Iterator[int]:
    """Processes that do tasks of Spark: children of a daemon of this process's Java that bear its name."""
    named = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if b"pyspark.daemon" in (process / "cmdline").read_bytes():
                named[int(process.name)] = int((process / "stat").read_text().rpartition(")")[2].split()[1])
    daemons = {pid for pid, parent in named.items() if parent not in named and _is_ours(parent)}
    return (pid for pid, parent in named.items() if parent in daemons)


def _is_ours(java: int) -> bool:
    """Whether this process is the parent of that Java, or of the shell that started it."""
    with suppress(OSError):
        while java > 1:
            java = int(Path(f"/proc/{java}/stat").read_text().rpartition(")")[2].split()[1])
            if java == os.getpid():
                return True
    return False


def test_killed_while_parsing(platform, landing, monkeypatch):
    monkeypatch.setattr("pinterest_platform.engines.spark.parsing.TASK_OBJECTS", 1)
    for start in range(0, OBJECTS * LINES, LINES):
        landing.put(start, [pin(n) if n % 100 else b"garbage" for n in range(start, start + LINES)])
    done, killed = threading.Event(), []

    def kill() -> None:
        while not done.is_set() and len(killed) < 3:
            for pid in workers():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                    killed.append(pid)

    killer = threading.Thread(target=kill)
    killer.start()
    platform.engine.ingest("pin")
    done.set()
    killer.join()
    assert killed
    same_as_clean_run(platform, platform.root / "clean")
