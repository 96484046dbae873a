"""The command that a wheel task runs, called as Databricks calls it: an entry point of an installed package."""

from __future__ import annotations

import importlib.metadata
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable
from pydantic import SecretStr

from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.retail import RETAIL
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform.tasks import databricks
from pinterest_platform_tests.cli.conftest import environment
from pinterest_platform_tests.databricks.conftest import WHEEL
from pinterest_platform_tests.databricks.stub import TOKEN, Workspace
from pinterest_platform_tests.forked import Program

Task = Callable[..., str]


@pytest.fixture
def task(settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Task:
    """Calls the task of a table; what it printed."""

    def call(address: str, *options: str) -> str:
        wheel_task = databricks.task(address, databricks.settings_of(settings, PINTEREST), *options)[
            "python_wheel_task"
        ]
        installed = importlib.metadata.distribution(wheel_task["package_name"]).entry_points
        [entry_point] = installed.select(name=wheel_task["entry_point"])
        monkeypatch.setattr(sys, "argv", ["task", *wheel_task["parameters"]])
        entry_point.load()()
        return capsys.readouterr().out

    return call


@pytest.mark.usefixtures("landed")
def test_returns_when_all_is_well_and_does_nothing_twice(task: Task) -> None:
    """Databricks takes any SystemExit for a failure, also that of status 0."""
    assert task("raw/geo") == "raw/geo: 300 rows, version 1, rows added 300, rows rejected 0\n"
    assert task("raw/geo") == "raw/geo: 300 rows, version 1, rows added 0, rows rejected 0\n"
    assert task("cleaned/geo") == "cleaned/geo: 300 rows, version 1, outcome replaced\n"
    assert task("cleaned/geo") == "cleaned/geo: 300 rows, version 1, outcome unchanged\n"


@pytest.mark.usefixtures("landed")
def test_check_that_blocks_fails_the_task(task: Task, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    task("raw/geo")
    task("cleaned/geo")
    DeltaTable(f"{settings.lake_root}/cleaned/geo").update(updates={"timestamp": "NULL"}, predicate="ind < 3")
    with pytest.raises(SystemExit) as ended:
        task("cleaned/geo")
    assert ended.value.code == 1
    assert "ERROR rules: timestamp_known: 3 rows" in capsys.readouterr().out


@pytest.mark.usefixtures("landed")
def test_warning_does_not(task: Task) -> None:
    assert "WARN expectations: no_lines_rejected: 1 lines" in task("raw/pin")


def test_setting_that_does_not_exist(task: Task, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        task("raw/pin", "--set=lakes=s3://bucket")
    assert ended.value.code == 2
    assert "lakes" in capsys.readouterr().err


def test_check_looks_for_the_workspace_and_the_wheel(workspace: Workspace, tmp_path: Path) -> None:
    variables = environment(
        PINTEREST_STEPS_ON="databricks",
        PINTEREST_DATABRICKS_VOLUME="/Volumes/main/pinterest/runs",
        PINTEREST_DATABRICKS_WHEEL=WHEEL,
        DATABRICKS_HOST=workspace.url,
        DATABRICKS_TOKEN=TOKEN,
    )

    workspace.path(WHEEL).unlink()
    log = tmp_path / "log"
    with Program(("check",), tmp_path, variables, (log, log)) as program:
        assert program.wait() == 1
    assert f"failed databricks     {WHEEL}: Not Found. Upload the wheel" in program.output
    assert "GET /api/2.0/preview/scim/v2/Me" in workspace.requests


@pytest.fixture
def retail_task(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Program]:
    """Runs the task of a retail table with what settings of this process tell it, and no variable of the domain's."""
    monkeypatch.setenv("RETAIL_PRODUCTS", str(tmp_path / "products.csv"))
    monkeypatch.setenv("RETAIL_SOURCE_URL", "sqlite:////never/told")
    (tmp_path / "products.csv").write_text(
        ",product_name,product_price,weight,category,EAN,date_added,uuid,removed,product_code\n"
        "0,Toy,£1.99,1.6kg,toys-and-games,7425710935115,2005-12-02,83dc0a69-f96f-4c34-bcb7-928acae19a94,Removed,R7-3126933h\n"
    )
    with sqlite3.connect(tmp_path / "sales.sqlite") as database:
        columns = ", ".join(f'"{column.name}" TEXT' for column in RETAIL.records["users"].columns)
        database.execute(f"CREATE TABLE legacy_users ({columns})")
        database.execute("INSERT INTO legacy_users (user_uuid) VALUES ('1')")
    task_settings = load_settings(
        data=tmp_path / "data", domain="retail", databricks_secrets="retail", engine="duckdb", _env_file=None
    )

    def run(address: str, **changes: Any) -> Program:
        told = databricks.settings_of(task_settings.model_copy(update=changes), RETAIL)
        parameters = databricks.task(address, told)["python_wheel_task"]["parameters"]
        assert "never/told" not in str(parameters)
        assert "nobody can guess" not in str(parameters)
        variables = {name: value for name, value in environment().items() if not name.startswith("RETAIL_")}
        here = {"DATABRICKS_HOST": workspace.url, "DATABRICKS_TOKEN": TOKEN}
        log = tmp_path / f"{address.replace('/', '_')}.log"
        with Program(tuple(parameters), tmp_path, {**variables, **here}, (log, log)) as program:
            program.wait()
        return program

    return run


def test_task_is_told_the_variables_of_its_domain_and_reads_its_secrets(
    retail_task: Callable[..., Program], workspace: Workspace, tmp_path: Path
) -> None:
    workspace.secrets["retail"] = {"RETAIL_SOURCE_URL": f"sqlite:///{tmp_path / 'sales.sqlite'}", "OTHER": "any"}
    assert "raw/products: 1 rows" in retail_task("raw/products").output
    assert "source 1 rows read, 1 keys new, 0 changed" in retail_task("raw/users").output


def test_nothing_is_done_without_the_secret_of_pseudonyms(
    retail_task: Callable[..., Program], workspace: Workspace, tmp_path: Path
) -> None:
    source, secret = f"sqlite:///{tmp_path / 'sales.sqlite'}", "a secret that nobody can guess"
    workspace.secrets["retail"] = {"RETAIL_SOURCE_URL": source}
    refused = retail_task("raw/users", pseudonym_secret=SecretStr(secret))
    assert refused.returncode == 1
    assert "PINTEREST_PSEUDONYMS_REQUIRED is set, but the secret is missing" in refused.output
    workspace.secrets["retail"]["PINTEREST_PSEUDONYM_SECRET"] = secret
    assert "source 1 rows read" in retail_task("raw/users", pseudonym_secret=SecretStr(secret)).output


def test_scope_of_secrets_that_is_not_there_is_named(retail_task: Callable[..., Program]) -> None:
    done = retail_task("raw/users", databricks_secrets="mistyped")
    assert done.returncode == 1
    assert "secret scope 'mistyped' cannot be read: Scope mistyped does not exist!" in done.output
    assert (
        "with those of RETAIL_SOURCE_URL, RETAIL_STORES_API_KEY, RETAIL_WAREHOUSE_URL, PINTEREST_PSEUDONYM_SECRET "
        in done.output
    )


def test_secret_is_no_parameter(task: Task, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        task("raw/users", "--set=domain=retail", "--set=retail_source_url=sqlite:///sales.sqlite")
    assert ended.value.code == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "retail_source_url" in told


def test_secret_that_a_step_cannot_know_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETAIL_STORES_API_KEY", "never told")
    assert databricks.untold(settings, RETAIL) == ["RETAIL_STORES_API_KEY"]
    assert databricks.untold(settings.model_copy(update={"databricks_secrets": "retail"}), RETAIL) == []
