from __future__ import annotations

import pytest

from pinterest_platform.catalog import Catalog


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return Catalog.load()
