"""A lake of each test's own, and a stream of pins that is written to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinterest_platform.settings import Settings
from pinterest_platform.streaming import Stream
from pinterest_platform_tests.streaming.chunks import settings_of, stream_of


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path)


@pytest.fixture
def stream(settings: Settings) -> Stream:
    return stream_of(settings)
