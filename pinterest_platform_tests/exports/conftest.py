"""The graph as Dagster has it, for what is exported to be the same."""

from __future__ import annotations

import dagster as dg
import pytest

from pinterest_platform.orchestration.build import build_definitions
from pinterest_platform.settings import load_settings


@pytest.fixture(scope="package")
def definitions() -> dg.Definitions:
    """With every table: Spark computes them all."""
    return build_definitions(settings=load_settings(engine="spark", _env_file=None))
