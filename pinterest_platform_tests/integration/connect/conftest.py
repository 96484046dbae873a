"""A way in of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pinterest_platform.stack.kafka import KafkaBroker
from pinterest_platform.stack.s3 import S3Server
from pinterest_platform_tests.integration.connect.way_in import WayIn


@pytest.fixture
def way_in(tmp_path: Path, broker: KafkaBroker, s3_server: S3Server, bucket: str, topic_prefix: str) -> Iterator[WayIn]:
    way = WayIn(tmp_path / "connect", broker, s3_server, bucket, topic_prefix)
    yield way
    way.admin.close()
