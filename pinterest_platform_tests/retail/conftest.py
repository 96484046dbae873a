from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pinterest_platform_tests.retail.lakes import Retail


@pytest.fixture
def retail(tmp_path: Path) -> Iterator[Retail]:
    retail = Retail(tmp_path)
    yield retail
    retail.close()
