"""The packages that users of Dagster, AWS and Databricks know are used where they look for them, and loaded only there."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from pinterest_platform_tests.test_floors import imports

#: Each package, what is imported of it, and a place that does.
USED = {
    "dagster": ("dagster", "orchestration.assets"),
    "dagster-databricks": ("dagster_databricks", "orchestration.databricks.client"),
    "pyspark": ("pyspark", "engines.spark.local"),
    "kafka-python": ("kafka", "kafka.topics"),
    "sqlalchemy": ("sqlalchemy", "pinterest.source.reader"),
}

#: Packages that take a second or more to load.
HEAVY = ("dagster_aws", "dagster_databricks", "dagster_pyspark", "databricks", "pyspark", "boto3", "botocore")


def installed_with_all() -> set[str]:
    """Names of the packages that `pip install 'pinterest-platform[all]'` asks for."""
    extras, names = {"", "all"}, set[str]()
    while True:
        before = len(extras)
        for requirement in map(Requirement, requires("pinterest-platform") or []):
            if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in extras):
                names.add(requirement.name)
                extras |= requirement.extras if requirement.name == "pinterest-platform" else set()
        if len(extras) == before:
            return names


@pytest.mark.parametrize("package", USED)
def test_is_installed_and_imported(package: str) -> None:
    module, place = USED[package]
    assert package in installed_with_all()
    assert module in {name.split(".")[0] for name in imports()[f"pinterest_platform.{place}"]}
