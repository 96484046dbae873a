from __future__ import annotations

from pathlib import Path

import pytest

from pinterest_platform_tests.landing_data import Landing


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")
