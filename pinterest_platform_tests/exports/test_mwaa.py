"""The exported DAG as a file: the graph as it is, nothing but Airflow and the standard library, the same bytes
wherever it is made. What Airflow makes of it is for `integration/airflow`."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import dagster as dg
import pytest
import uv

from pinterest_platform.airflow.kept_tables import airflow_tables
from pinterest_platform.catalog import Catalog
from pinterest_platform.exports.mwaa.dag import files
from pinterest_platform.exports.mwaa.targets import AirflowVersion, TargetName
from pinterest_platform.settings import Settings, SettingsError, load_settings
from pinterest_platform_tests import landing_data
from pinterest_platform_tests.cli.conftest import environment
from pinterest_platform_tests.forked import Program
from pinterest_platform_tests.retail.lakes import catalog as retail

DAG = "dags/0e2bc66a6297_dag.py"
EVERY_TARGET = pytest.mark.parametrize("target", get_args(TargetName))


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return landing_data.catalog()


@pytest.fixture(scope="module")
def settings() -> Settings:
    return load_settings(_env_file=None)


def exported(catalog: Catalog, settings: Settings, **options: Any) -> dict[str, str]:
    return files(catalog, settings, **{"target": "databricks", "granularity": "table", "airflow": "2.10.3", **options})


def literal(text: str, name: str) -> Any:
    """The value that the file gives to a name."""
    [value] = [
        node.value
        for node in ast.parse(text).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
    ]
    return ast.literal_eval(value)


def test_each_table_comes_after_those_it_is_made_of(
    catalog: Catalog, settings: Settings, definitions: dg.Definitions
) -> None:
    tables = literal(exported(catalog, settings)[DAG], "TABLES")
    graph = definitions.resolve_asset_graph()
    keys = {key for key in graph.materializable_asset_keys if key.to_user_string() in catalog.addresses}
    after = {key.to_user_string(): {k.to_user_string() for k in graph.get(key).parent_keys & keys} for key in keys}
    assert {address: set(table["after"]) for address, table in tables.items()} == after
    assert all(list(tables).index(name) < list(tables).index(a) for a in tables for name in tables[a]["after"])


def test_hour_owner_and_docs_are_those_of_dagster(
    catalog: Catalog, settings: Settings, definitions: dg.Definitions
) -> None:
    text = exported(catalog, settings)[DAG]
    assert literal(text, "SCHEDULE") == definitions.resolve_schedule_def("daily").cron_schedule
    graph = definitions.resolve_asset_graph()
    for address, table in literal(text, "TABLES").items():
        key = next(key for key in graph.materializable_asset_keys if key.to_user_string() == address)
        assert [table["owner"]] == list(graph.get(key).owners), address
        assert graph.get(key).description.startswith(table["description"]), address
        assert list(table["columns"]) == [column.name for column in catalog.columns(address)]
        assert set(table["checks"]) == {check.name for check in catalog.checks(address) if check.blocking}


@EVERY_TARGET
def test_imports_airflow_and_the_standard_library_only(catalog: Catalog, settings: Settings, target: str) -> None:
    tree = ast.parse(exported(catalog, settings, target=target, granularity="layer")[DAG], feature_version=(3, 11))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module))
    roots = {name.partition(".")[0] for name in imported}
    assert "airflow" in roots
    assert roots - {"airflow"} <= set(sys.stdlib_module_names)
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not called & {"open", "eval", "exec", "Variable.get", "os.getenv", "BaseHook.get_connection"}


def test_layers_one_after_the_other(catalog: Catalog, settings: Settings) -> None:
    text = exported(catalog, settings, granularity="layer")[DAG]
    assert literal(text, "LAYERS") == {"raw": [], "cleaned": ["raw"], "analytics": ["cleaned"]}
    after = literal(text, "TABLES")
    assert after["cleaned/pin"]["after"] == []
    assert after["analytics/country_with_top_user"]["after"] == ["analytics/top_user_by_country"]


@EVERY_TARGET
def test_no_secret_and_no_place_is_in_it(catalog: Catalog, settings: Settings, target: str) -> None:
    told = settings.model_copy(
        update={
            "landing": "s3://told/landing",
            "lake": "s3://told/lake",
            "airflow_password": "told",
            "source_url": "told",
        }
    )
    assert exported(catalog, told, target=target) == exported(catalog, settings, target=target)


@pytest.mark.servers
@pytest.mark.parametrize(
    "airflow",
    # With those of Airflow 2 one is installed in `integration/airflow`.
    [
        pytest.param(version, marks=pytest.mark.long if version.startswith("2") else ())
        for version in get_args(AirflowVersion)
    ],
)
def test_requirements_resolve_with_their_constraints(
    catalog: Catalog, settings: Settings, airflow: str, tmp_path: Path
) -> None:
    packages: list[str] = []
    constraints = f"dags/constraints-{airflow}.txt"
    for target in get_args(TargetName):
        written = exported(catalog, settings, target=target, airflow=airflow)
        first, *named = written["requirements.txt"].splitlines()
        assert first == f'--constraint "/usr/local/airflow/{constraints}"'
        packages += named
    (tmp_path / "constraints.txt").write_text(written[constraints])
    python = "3.11" if airflow.startswith("2") else "3.12"
    command = [
        uv.find_uv_bin(),
        "pip",
        "compile",
        "--quiet",
        "--no-header",
        "--no-annotate",
        "--python-version",
        python,
    ]
    done = subprocess.run(
        [*command, "--constraint", str(tmp_path / "constraints.txt"), "-"],
        input="\n".join([f"apache-airflow=={airflow}", *packages]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    resolved = done.stdout.splitlines()
    assert f"apache-airflow=={airflow}" in resolved
    for package in packages:
        assert any(pin in written[constraints] for pin in resolved if pin.startswith(f"{package.partition('[')[0]}=="))


@EVERY_TARGET
def test_another_domain_has_a_dag_and_variables_of_its_own(
    settings: Settings, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RETAIL_SOURCE_URL", "postgresql://told:told@host/sales")
    monkeypatch.setenv("RETAIL_CARDS", "s3://told/cards.pdf")
    written = exported(retail(), settings.model_copy(update={"domain": "retail"}), target=target)
    text, readme = written["dags/0e2bc66a6297_retail_dag.py"], written["README.md"]
    assert 'dag_id="0e2bc66a6297_retail_dag"' in text
    assert [*literal(text, "TABLES")] == [*retail().addresses]
    assert "told" not in "".join(written.values())
    named = set(re.findall(r"0e2bc66a6297_\w+", text + readme)) - {"0e2bc66a6297_retail_dag"}
    assert named
    assert all(name.startswith("0e2bc66a6297_retail_") for name in named)
    assert "`RETAIL_CARDS`" in readme
    assert "Secrets: `RETAIL_SOURCE_URL`" in readme
    said = {"ecs": '"--set=domain=retail"', "command": '"PINTEREST_DOMAIN": "retail"'}
    assert said.get(target, "retail_databricks_job_id") in text


def test_moved_tables_are_left_out(catalog: Catalog, settings: Settings) -> None:
    moved = settings.model_copy(update={"airflow_moved": "analytics, cleaned/post, cleaned/pin"})
    tables = literal(exported(catalog, moved)[DAG], "TABLES")
    assert [*tables] == ["raw/pin", "raw/geo", "raw/user", "raw/rejected", "cleaned/geo", "cleaned/user"]


@pytest.mark.parametrize(
    ("moved", "message"),
    [
        (
            "cleaned/pins",
            "PINTEREST_AIRFLOW_MOVED names unknown tables or layers: cleaned/pins. "
            "Give any of these tables, or their layers: raw/pin",
        ),
        ("cleaned/pin", "names cleaned/pin without cleaned/post, which depends on it. Add cleaned/post,"),
        ("cleaned/post", "names cleaned/post without analytics/.*, which depends on it. Add analytics"),
        ("analytics,cleaned,raw/geo", "names raw/geo without raw/rejected"),
    ],
)
def test_what_cannot_move_yet(catalog: Catalog, settings: Settings, moved: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        airflow_tables(catalog, settings.model_copy(update={"airflow_moved": moved}))


def test_same_bytes_whatever_the_settings_and_check(catalog: Catalog, tmp_path: Path) -> None:
    """The program has another seed of hashes than this process."""
    settings = load_settings(topic_prefix="other", _env_file=None)
    written = exported(catalog, settings, target="ecs", airflow="3.2.1")
    log = tmp_path / "log"
    variables = environment(PINTEREST_ENGINE="spark", PINTEREST_TOPIC_PREFIX="other")

    def export(*options: str) -> tuple[int, str]:
        log.unlink(missing_ok=True)
        arguments = ("export", "mwaa", "--out", "mwaa", "--airflow", "3.2.1", *options)
        with Program(arguments, tmp_path, variables, (log, log)) as program:
            return program.wait(), program.output

    assert export("--target", "ecs")[0] == 0
    assert {name: (tmp_path / "mwaa" / name).read_text() for name in written} == written
    assert export("--target", "ecs", "--check") == (0, "mwaa is up to date\n")
    status, said = export("--target", "command", "--check")
    assert status == 1
    assert (
        "mwaa is out of date: dags/other_dag.py, requirements.txt, README.md. Run the command again without --check."
        in said
    )
