"""Packages that users of Dagster, AWS and Databricks know are used where they look for them, and loaded only there."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from pinterest_platform_tests.test_floors import PACKAGE, imports, loaded

#: By package: a module that imports it, and what it imports.
IMPORTED = {
    "boto3": ("secrets_manager", "boto3"),
    "dagster": ("orchestration.build", "dagster"),
    "dagster-aws": ("orchestration.s3", "dagster_aws"),
    "dagster-databricks": ("orchestration.databricks.client", "dagster_databricks"),
    "dagster-pyspark": ("orchestration.spark", "dagster_pyspark"),
    "kafka-python": ("kafka.topics", "kafka"),
    "pyspark": ("engines.spark.session", "pyspark"),
    "sqlalchemy": ("pinterest.source.source_tables", "sqlalchemy"),
}
#: By package that is started or loaded by its name: a file that has the name, and what it says.
NAMED = {
    "dagster-webserver": ("cli/runs.py", '"dagster", "dev"'),
    "delta-spark": ("engines/spark/local.py", "io.delta.sql.DeltaSparkSessionExtension"),
    "pymysql": ("pinterest/source/source_tables.py", "mysql+pymysql://"),
}
#: The tests' own.
OF_THE_TESTS = {"pytest"}

#: What takes a second or more to load.
HEAVY = {
    "boto3",
    "botocore",
    "dagster_aws",
    "dagster_databricks",
    "dagster_pyspark",
    "dagster_spark",
    "databricks",
    "pyspark",
}


def asked_for(extra: str) -> set[str]:
    """Names of the packages that an installation with this extra asks for."""
    project = tomllib.loads((PACKAGE.parent / "pyproject.toml").read_text())["project"]
    names = set[str]()
    for requirement in map(Requirement, [*project["dependencies"], *project["optional-dependencies"][extra]]):
        own = requirement.name == project["name"]
        names |= set().union(*map(asked_for, requirement.extras)) if own else {requirement.name}
    return names


def test_installation_with_everything_has_them() -> None:
    assert {*IMPORTED, *NAMED} <= asked_for("all")
    assert OF_THE_TESTS & asked_for("dev") == OF_THE_TESTS


@pytest.mark.parametrize("package", IMPORTED)
def test_is_imported_where_it_is_used(package: str) -> None:
    place, module = IMPORTED[package]
    assert module in {name.split(".")[0] for name in imports()[f"pinterest_platform.{place}"]}


@pytest.mark.parametrize("package", NAMED)
def test_is_named_where_it_is_used(package: str) -> None:
    place, name = NAMED[package]
    assert name in (PACKAGE / place).read_text()


def test_run_on_this_machine_loads_none_that_is_heavy(tmp_path: Path) -> None:
    """Its lake is a folder, its engine DuckDB, and its steps are done in Dagster's process."""
    _, packages = loaded(tmp_path, "run", "--select", "raw/pin")
    assert "dagster" in packages
    assert packages & HEAVY == set()
