"""An executor dies in the middle of its work, or only its Python: a task is done again, and no line is there twice."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pinterest_platform.engines.spark.local import spark_home
from pinterest_platform_tests.engines.children import set_constants
from pinterest_platform_tests.engines.spark.platforms import open_spark_platform
from pinterest_platform_tests.forked import start
from pinterest_platform_tests.landing_data import Landing, open_platform, pin, same_as_clean_run

OBJECTS, LINES = 6, 4000
#: Seconds between two looks at all processes: Spark needs the processors to get going.
LOOK = 0.05


class Processes:
    """What runs now: commands and parents."""

    def __init__(self) -> None:
        self.parents: dict[int, int] = {}
        self.commands: dict[int, bytes] = {}
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                parent = (process / "stat").read_text().rpartition(")")[2].split()[1]
                self.commands[int(process.name)] = (process / "cmdline").read_bytes()
                self.parents[int(process.name)] = int(parent)

    def workers_of(self, driver: int) -> Iterator[int]:
        """Python processes that do tasks of Spark: children of a daemon that bear its name."""
        for pid, parent in self.parents.items():
            if self._is_daemon(pid) and self._is_daemon(parent) and driver in self._ancestors(pid):
                yield pid

    def executors_of(self, driver: int) -> Iterator[int]:
        """Executors, each a Java of its own, that have Python do tasks."""
        for worker in self.workers_of(driver):
            java = self.parents[self.parents[worker]]
            if b"CoarseGrainedExecutorBackend" in self.commands.get(java, b""):
                yield java

    def _is_daemon(self, pid: int) -> bool:
        return b"pyspark.daemon" in self.commands.get(pid, b"")

    def _ancestors(self, pid: int) -> Iterator[int]:
        while pid := self.parents.get(pid, 0):
            yield pid


def land(landing: Landing) -> None:
    for first in range(0, OBJECTS * LINES, LINES):
        landing.put(first, [pin(n) if n % 100 else b"garbage" for n in range(first, first + LINES)])


def test_worker_killed_while_parsing(platform, landing, monkeypatch):
    monkeypatch.setattr("pinterest_platform.engines.spark.parsing.TASK_OBJECTS", 1)
    land(landing)
    done, killed = threading.Event(), []

    def kill() -> None:
        while not done.wait(LOOK) and len(killed) < 3:
            for pid in Processes().workers_of(os.getpid()):
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


def test_executor_killed_while_parsing(tmp_path, spark_jars):
    land(Landing(tmp_path / "landing"))
    driver = start(ingest_on_two_executors, tmp_path, spark_jars)
    killed = None
    while killed is None and driver.is_alive():
        driver.join(LOOK)
        killed = next(Processes().executors_of(driver.pid), None)
    assert killed
    os.kill(killed, signal.SIGKILL)
    driver.join()
    assert driver.exitcode == 0
    same_as_clean_run(open_platform(tmp_path), tmp_path / "clean")


def ingest_on_two_executors(root: Path, jars: Path) -> None:
    set_constants({"engines.spark.parsing:TASK_OBJECTS": 1})
    os.environ["SPARK_HOME"] = str(_spark_home_in(root))  # Where executors keep their files.
    platform = open_spark_platform(root, spark_master="local-cluster[2,1,1024]", spark_jars=jars)
    platform.engine.ingest("pin")
    platform.close()


def _spark_home_in(root: Path) -> Path:
    home = root / "spark"
    home.mkdir()
    for name in ("bin", "jars"):
        (home / name).symlink_to(spark_home() / name)
    return home
