from __future__ import annotations

import pytest

from pinterest_platform_tests.models.tables import Tables


@pytest.fixture(scope="session")
def all_tables() -> Tables:
    return Tables()


@pytest.fixture
def tables(all_tables: Tables) -> Tables:
    all_tables.clear()
    return all_tables
