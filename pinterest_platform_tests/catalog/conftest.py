from __future__ import annotations

import pytest

from pinterest_platform.catalog import Catalog
from pinterest_platform_tests import landing_data


@pytest.fixture(scope="session")
def catalog() -> Catalog:
    return landing_data.catalog()
