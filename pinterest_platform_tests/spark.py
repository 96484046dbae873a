"""One small Spark session for all tests of a worker, and one Spark Connect server, each started when a test first asks
for it. Such a test is marked `servers` by itself, and `workers.py` keeps all that share a session in one worker.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_FIXTURES = {"spark_jars", "spark", "spark_connect"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("servers")


@pytest.fixture(scope="session")
def spark_jars(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the jars of Delta and of S3A."""
    from pinterest_platform.engines.spark.jars import fetch_jars
    from pinterest_platform.engines.spark.java import find_java
    from pinterest_platform.engines.spark.local import spark_home

    folder = tmp_path_factory.mktemp("jars")
    for jar in fetch_jars(find_java(None), spark_home(), "delta", "s3a"):
        (folder / jar.name).symlink_to(jar)
    return folder


@pytest.fixture(scope="session")
def spark(spark_jars: Path) -> Iterator[SparkSession]:
    """The session that `open_session` gives to all in this process; it can use buckets too. As on a cluster, a task
    that failed is done again, four times at most."""
    from pinterest_platform.engines.spark.session import close_session, open_session
    from pinterest_platform.settings import load_settings

    session = open_session(load_settings(engine="spark", spark_master="local[2, 4]", spark_jars=spark_jars))
    yield session
    close_session(session)


@pytest.fixture(scope="session")
def spark_connect(spark_jars: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """sc://127.0.0.1:PORT of a server with Delta and Kafka's source, whose Python workers have all but this package.

    A process has one session: where `spark` is in use, open this one in a child process.
    """
    from pinterest_platform.engines.spark.jars import fetch_jars
    from pinterest_platform.engines.spark.java import find_java
    from pinterest_platform.engines.spark.local import spark_home
    from pinterest_platform_tests.engines.spark.connect_server import ConnectServer

    jars = tmp_path_factory.mktemp("server_jars")
    for jar in (*spark_jars.iterdir(), *fetch_jars(find_java(None), spark_home(), "kafka")):
        (jars / jar.name).symlink_to(jar)
    server = ConnectServer(tmp_path_factory.mktemp("connect"), jars)
    server.start()
    yield server.url
    server.stop()
