"""A model that is a function in PySpark alone: DuckDB refuses it before it has made anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinterest_platform.catalog import Catalog, ModelError
from pinterest_platform.engines import build_engine
from pinterest_platform.settings import load_settings
from pinterest_platform_tests.domains import with_models

PLACES = '''"""
description: Places.
owner: team:data
key: ind
columns:
  ind: bigint -- The key.
"""


def compute(raw_geo):
    return raw_geo
'''


def test_duckdb_refuses_it_and_makes_no_table(tmp_path: Path) -> None:
    path = tmp_path / "models" / "analytics" / "places.py"
    path.parent.mkdir(parents=True)
    path.write_text(PLACES)
    engine = build_engine(
        load_settings(data=tmp_path, landing="", lake="", source_url="", _env_file=None),
        Catalog.load(with_models(tmp_path / "models")),
    )
    with pytest.raises(ModelError, match=r"^analytics/places\.py:1: has no SQL .* set PINTEREST_ENGINE=spark$"):
        engine.refresh("analytics/places")
    engine.close()
    assert not (tmp_path / "lake").exists()
