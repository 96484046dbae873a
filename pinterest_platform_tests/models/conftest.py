from __future__ import annotations

import pytest

from pinterest_platform.catalog import Catalog
from pinterest_platform_tests.models.tables import Tables


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return Catalog.load()


@pytest.fixture(scope="session")
def all_tables(catalog: Catalog) -> Tables:
    return Tables(catalog)


@pytest.fixture
def tables(all_tables: Tables) -> Tables:
    all_tables.clear()
    return all_tables
