from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pinterest_platform_tests.landing_data import Landing, Platform, open_platform


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    platform = open_platform(tmp_path)
    yield platform
    platform.engine.close()


@pytest.fixture
def landing(platform: Platform) -> Landing:
    return platform.landing
