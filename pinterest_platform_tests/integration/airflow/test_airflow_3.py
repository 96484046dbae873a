"""The exported DAG in Airflow 3.2.1."""

from __future__ import annotations

from pinterest_platform_tests.integration.airflow import scenarios


class TestParsed(scenarios.Parsed):
    version = "3.2.1"


class TestRun(scenarios.Run):
    version = "3.2.1"
