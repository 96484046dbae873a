"""What is published outside of the lake, in the graph of others: a task after the tables that it shows."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest
import yaml

from pinterest_platform.airflow.kept_tables import airflow_tables
from pinterest_platform.exports.databricks import files as bundle_files
from pinterest_platform.exports.mwaa.dag import files as dag_files
from pinterest_platform.orchestration.build import build_definitions
from pinterest_platform.orchestration.jobs import REFRESH_ALL
from pinterest_platform.retail import RETAIL
from pinterest_platform.settings import Settings, SettingsError, load_settings
from pinterest_platform_tests.exports.test_mwaa import literal
from pinterest_platform_tests.retail.lakes import catalog

STAR = "warehouse/star_schema"


@pytest.fixture(autouse=True)
def warehouse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETAIL_WAREHOUSE_URL", "postgresql://told:told@told/told")


def settings(**values: str) -> Settings:
    return load_settings(domain="retail", _env_file=None, **values)


def exported(granularity: Any) -> str:
    files = dag_files(catalog(), settings(), target="ecs", granularity=granularity, airflow="3.2.1")
    return next(text for name, text in files.items() if name.endswith("_dag.py"))


def shown() -> set[str]:
    [publication] = RETAIL.publications(settings())
    return set(publication.upstreams)


def test_dag_has_it_after_what_it_shows() -> None:
    text = exported("table")
    task = literal(text, "TABLES")[STAR]
    assert set(task["after"]) == shown()
    assert (task["columns"], task["checks"]) == ({}, ["equals_lake"])
    assert "told" not in text


def test_dag_by_layers_has_it_in_the_last_one() -> None:
    text = exported("layer")
    assert literal(text, "LAYERS")["warehouse"] == ["cleaned", "analytics"]
    assert literal(text, "TABLES")[STAR]["after"] == []


def test_bundle_has_it_after_what_it_shows() -> None:
    text = bundle_files(catalog(), RETAIL.publications(settings()))["databricks.yml"]
    tasks = {task["task_key"]: task for task in yaml.safe_load(text)["resources"]["jobs"]["refresh_all"]["tasks"]}
    task = tasks["warehouse__star_schema"]
    assert {of["task_key"].replace("__", "/") for of in task["depends_on"]} == shown()
    assert task["python_wheel_task"]["parameters"][:2] == ["refresh", STAR]
    assert "told" not in text


def test_none_without_a_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RETAIL_WAREHOUSE_URL")
    assert STAR not in exported("table")
    assert STAR not in airflow_tables(catalog(), settings())


def test_moves_from_airflow_before_what_it_shows() -> None:
    with pytest.raises(SettingsError, match=f"names analytics/.* without {STAR}, which depends on it"):
        airflow_tables(catalog(), settings(airflow_moved="analytics"))
    assert airflow_tables(catalog(), settings(airflow_moved="analytics,warehouse"))[-1].startswith("cleaned/")


@pytest.mark.parametrize(("moved", "run_here"), [("", False), ("warehouse", True)])
def test_dagster_or_airflow_publishes(moved: str, run_here: bool) -> None:
    definitions = build_definitions(domain=RETAIL, settings=settings(airflow="mwaa://prod", airflow_moved=moved))
    key = dg.AssetKey(["retail", *STAR.split("/")])
    node = definitions.resolve_asset_graph().get(key)
    [everything] = [job.name for job in definitions.jobs or () if job.name.endswith(REFRESH_ALL)]
    selected = definitions.resolve_job_def(everything).asset_layer.executable_asset_keys
    assert (node.is_materializable, key in selected) == (run_here, run_here)
    assert node.kinds == ({"postgres"} if run_here else {"airflow", "postgres"})
