"""What Dagster runs, and what it asks for, while an Airflow keeps some of the tables up to date."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from pinterest_platform.orchestration.build import build_definitions
from pinterest_platform.orchestration.jobs import REFRESH_ALL
from pinterest_platform.settings import Settings, SettingsError, load_settings
from pinterest_platform_tests.cli.conftest import runner
from pinterest_platform_tests.landing_data import catalog

ANALYTICS = {address for address in catalog().models if address.startswith("analytics/")}
RAW = {"raw/pin", "raw/geo", "raw/user", "raw/rejected"}
CLEANED = {"cleaned/pin", "cleaned/geo", "cleaned/user", "cleaned/post"}
REPORT = {"report/overview"}


def moved(names: str) -> Settings:
    return load_settings(airflow="mwaa://prod", airflow_moved=names, _env_file=None)


@pytest.mark.parametrize(
    ("names", "run_here", "sensors"),
    [
        ("", REPORT, {"airflow_runs"}),
        ("analytics/users_joined_by_year", REPORT | {"analytics/users_joined_by_year"}, {"airflow_runs"}),
        (
            "analytics,cleaned/post,cleaned/geo",
            REPORT | ANALYTICS | {"cleaned/post", "cleaned/geo"},
            {"airflow_runs"},
        ),
        (
            "analytics,cleaned/post,cleaned/geo,raw/rejected,raw/geo",
            REPORT | ANALYTICS | {"cleaned/post", "cleaned/geo", "raw/rejected", "raw/geo"},
            {"airflow_runs", "new_landing_objects"},
        ),
        (
            "analytics,cleaned,raw",
            REPORT | ANALYTICS | CLEANED | RAW,
            {"airflow_runs", "new_landing_objects"},
        ),
    ],
)
def test_each_table_is_run_by_one_of_them(names: str, run_here: set[str], sensors: set[str]) -> None:
    definitions = build_definitions(settings=moved(names))
    dg.Definitions.validate_loadable(definitions)
    graph = definitions.resolve_asset_graph()
    layers = ("raw", "cleaned", "analytics", "report")
    found = {key.to_user_string() for key in graph.materializable_asset_keys if key.path[0] in layers}
    assert found == run_here
    selected = definitions.resolve_job_def(REFRESH_ALL).asset_layer.executable_asset_keys
    assert {key.to_user_string() for key in selected} == run_here
    assert {sensor.name for sensor in definitions.sensors or ()} == {*sensors, "dead_runs"}


def test_looks_the_same_but_for_who_runs_it() -> None:
    key = dg.AssetKey(["cleaned", "pin"])
    own = build_definitions(settings=load_settings(_env_file=None)).resolve_asset_graph().get(key)
    other = build_definitions(settings=moved("")).resolve_asset_graph().get(key)
    assert not other.is_materializable
    assert other.kinds == {"airflow", "deltalake"}
    for name in ("description", "group_name", "owners", "parent_keys", "freshness_policy", "code_version"):
        assert getattr(other, name) == getattr(own, name), name
    assert other.metadata["airflow_dag"] == "0e2bc66a6297_dag"
    assert own.metadata.items() <= other.metadata.items()


def test_order_that_loses_a_dependency_is_refused() -> None:
    with pytest.raises(SettingsError, match="names cleaned/pin without cleaned/post, "):
        build_definitions(settings=moved("cleaned/pin"))


def test_run_says_who_keeps_a_table_up_to_date(tmp_path: Path) -> None:
    done = runner(tmp_path)("run", "--select", "cleaned/pin", PINTEREST_AIRFLOW="mwaa://prod")
    assert done.returncode == 2
    assert "cleaned/pin is left out: Airflow keeps it up to date. PINTEREST_AIRFLOW_MOVED lists" in done.stderr
    assert not (tmp_path / "data" / "lake").exists()
