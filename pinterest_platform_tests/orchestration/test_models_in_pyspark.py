"""A model that is a function in PySpark alone is in the graph of an engine that runs it; elsewhere it says why not."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from pinterest_platform.orchestration.build import build_definitions
from pinterest_platform.orchestration.selection import SelectionError, selected_keys
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.settings import Settings
from pinterest_platform_tests.domains import with_models
from pinterest_platform_tests.landing_data import catalog

MODELS = {
    "cleaned/geo.sql": "-- description: A.\n-- owner: team:a\n-- key: ind\nSELECT ind FROM raw.geo",
    "analytics/places.py": '"""\ndescription: A.\nowner: team:a\nkey: ind\ncolumns:\n  ind: bigint -- A.\n"""\n'
    "def compute(cleaned_geo):\n    return cleaned_geo\n",
    "analytics/after.sql": "-- description: A.\n-- owner: team:a\n-- key: ind\nSELECT ind FROM analytics.places",
    "analytics/other.sql": "-- description: A.\n-- owner: team:a\n-- key: ind\nSELECT ind FROM cleaned.geo",
    "analytics/other.py": '"""The same."""\ndef compute(cleaned_geo):\n    return cleaned_geo\n',
}
REASON = "analytics/places.py has no SQL version, so only Spark can compute it; set PINTEREST_ENGINE=spark"


@pytest.fixture
def models(tmp_path: Path) -> Path:
    for name, text in MODELS.items():
        (tmp_path / "models" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "models" / name).write_text(text)
    return tmp_path / "models"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """Without streams: there is no model here that could clean them."""
    (tmp_path / "streams.yaml").write_text("streams: []")
    return settings.model_copy(update={"streams": tmp_path / "streams.yaml"})


def specs(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    found = {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}
    return {key: spec for key, spec in found.items() if key.startswith("analytics/")}


def test_duckdb_leaves_it_out_with_what_is_made_of_it(
    models: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    definitions = build_definitions(settings=settings, domain=with_models(models))
    found = specs(definitions)
    assert found.keys() == {"analytics/other"}
    assert caplog.messages == [f"analytics/{name} is left out: {REASON}" for name in ("places", "after")]
    assert found["analytics/other"].kinds == {"duckdb", "deltalake", "sql"}
    assert "refresh_places" not in definitions.get_repository_def().job_names
    for select in ("analytics/places", "+analytics/after"):
        name = select.removeprefix("+")
        with pytest.raises(SelectionError, match=f"^{name} is left out: {REASON}$"):
            selected_keys(definitions, PINTEREST, [select])


@pytest.mark.parametrize("engine", ["spark", "databricks"])
def test_spark_runs_it(models: Path, settings: Settings, engine: str, caplog: pytest.LogCaptureFixture) -> None:
    definitions = build_definitions(settings=settings.model_copy(update={"engine": engine}), domain=with_models(models))
    found = specs(definitions)
    assert found.keys() == {"analytics/places", "analytics/after", "analytics/other"}
    assert caplog.messages == []
    assert {name: set(spec.kinds) for name, spec in found.items()} == {
        "analytics/places": {engine, "deltalake", "pyspark"},
        "analytics/after": {engine, "deltalake", "sql"},
        "analytics/other": {engine, "deltalake", "pyspark"},
    }
    places = found["analytics/places"]
    assert [dep.asset_key.to_user_string() for dep in places.deps] == ["cleaned/geo"]
    assert [column.type for column in places.metadata["dagster/column_schema"].columns] == ["bigint"]
    assert "def compute(cleaned_geo)" in places.metadata["pyspark"].value
    assert not {"sql", "dagster/column_lineage"} & places.metadata.keys()
    assert {"sql", "pyspark", "dagster/column_lineage"} <= found["analytics/other"].metadata.keys()
    assert selected_keys(definitions, PINTEREST, ["analytics/places"]) == [dg.AssetKey(["analytics", "places"])]


def test_nothing_shipped_is_left_out(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    expected = {address for address in catalog().models if address.startswith("analytics/")}
    assert specs(build_definitions(settings=settings)).keys() == expected
    assert caplog.messages == []
