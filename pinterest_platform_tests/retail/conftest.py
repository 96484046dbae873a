from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pinterest_platform_tests.retail import sales
from pinterest_platform_tests.retail.lakes import Retail


@pytest.fixture
def retail(tmp_path: Path) -> Iterator[Retail]:
    retail = Retail(tmp_path)
    yield retail
    retail.close()


@pytest.fixture(scope="module")
def sold(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retail]:
    """A lake with a few sales, which no test changes."""
    retail = sales.sold(tmp_path_factory.mktemp("retail"))
    yield retail
    retail.close()


@pytest.fixture
def selling(tmp_path: Path) -> Iterator[Retail]:
    """The same for one test, which may change it."""
    retail = sales.sold(tmp_path)
    yield retail
    retail.close()
