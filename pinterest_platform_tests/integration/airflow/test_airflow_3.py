"""The exported DAG in Airflow 3.2.1."""

from __future__ import annotations

import pytest

from pinterest_platform_tests.integration.airflow import scenarios

#: An Airflow is half a gigabyte to fetch.
pytestmark = [pytest.mark.servers, pytest.mark.long]


class TestParsed(scenarios.Parsed):
    version = "3.2.1"


class TestRun(scenarios.Run):
    version = "3.2.1"
