"""A way in of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pinterest_platform.stack.connect import ConnectWorker
from pinterest_platform.stack.kafka import KafkaBroker
from pinterest_platform.stack.s3 import S3Server
from pinterest_platform_tests.integration.connect.way_in import WayIn


@pytest.fixture
def way_in(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    broker: KafkaBroker,
    s3_server: S3Server,
    bucket: str,
    topic_prefix: str,
) -> Iterator[WayIn]:
    def connect() -> ConnectWorker:
        worker: ConnectWorker = request.getfixturevalue("connect")
        return worker

    way = WayIn(tmp_path / "connect", broker, s3_server, connect, bucket, topic_prefix)
    yield way
    way.admin.close()
