from __future__ import annotations

from collections.abc import Iterator

import pytest

from pinterest_platform_tests.landing_data import Platform
from pinterest_platform_tests.report.lakes import made


@pytest.fixture(scope="package")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A lake that no test changes: see `lakes.made`."""
    platform = made(tmp_path_factory.mktemp("lake"))
    yield platform
    platform.engine.close()
