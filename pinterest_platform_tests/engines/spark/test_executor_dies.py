"""One of two executors, each a Java of its own, dies in the middle of its work: its tasks are done by the other one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from pinterest_platform.engines.spark.local import spark_home
from pinterest_platform_tests.engines.children import set_constants
from pinterest_platform_tests.engines.spark.platforms import open_spark_platform
from pinterest_platform_tests.engines.spark.test_worker_dies import LOOK, land, workers_below
from pinterest_platform_tests.forked import start
from pinterest_platform_tests.landing_data import Landing, open_platform, same_as_clean_run

pytestmark = pytest.mark.long


def executors_at_work(driver: psutil.Process) -> Iterator[psutil.Process]:
    """Executors that have Python do tasks."""
    with suppress(psutil.NoSuchProcess):
        for below in driver.children(recursive=True):
            if any("CoarseGrainedExecutorBackend" in word for word in below.cmdline()) and any(workers_below(below)):
                yield below


def test_executor_killed_while_parsing(tmp_path, spark_jars):
    land(Landing(tmp_path / "landing"))
    driver = start(ingest_on_two_executors, tmp_path, spark_jars)
    executor = None
    while executor is None and driver.is_alive():
        driver.join(LOOK)
        executor = next(executors_at_work(psutil.Process(driver.pid)), None)
    assert executor
    executor.kill()
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
