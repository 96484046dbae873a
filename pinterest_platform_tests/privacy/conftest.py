from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pinterest_platform_tests.landing_data import PREFIX, Platform, open_platform


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Platform]:
    """What commands use that are called in this process."""
    monkeypatch.setenv("PINTEREST_DATA", str(tmp_path))
    monkeypatch.setenv("PINTEREST_TOPIC_PREFIX", PREFIX)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    monkeypatch.chdir(tmp_path)
    platform = open_platform(tmp_path)
    yield platform
    platform.engine.close()
