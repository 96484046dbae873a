"""What Dagster's page of resources shows, and what of it a run may change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pinterest_platform.engines.contract import EngineError
from pinterest_platform.orchestration.build import build_definitions
from pinterest_platform.orchestration.places import place_resources
from pinterest_platform.settings import Settings
from pinterest_platform_tests.orchestration.conftest import Run, failures

DATABRICKS = {
    "steps_on": "databricks",
    "databricks_volume": "/Volumes/main/pinterest/runs",
    "databricks_wheel": "/Volumes/main/pinterest/platform.whl",
    "databricks_set": {"kafka_password": "geheim", "source_url": "mysql://u:geheim@h/d", "landing": "/Volumes/landing"},
}


def shown(definitions: dg.Definitions) -> dict[str, dict[str, Any]]:
    """Each resource with the values that its page shows."""
    known = definitions.get_repository_def().get_top_level_resources()
    return {
        name: {field: kind.default_value for field, kind in fields.items() if kind.default_provided}
        for name, resource in known.items()
        if (fields := getattr(resource.config_schema.config_type, "fields", {}))
    }


def test_each_place_and_the_engine_are_shown(settings: Settings) -> None:
    found = shown(build_definitions(settings=settings.model_copy(update={"lake": "s3://lake/tables"})))
    assert found["landing"]["PINTEREST_LANDING"] == settings.landing_root
    assert found["landing"]["PINTEREST_TOPIC_PREFIX"] == settings.topic_prefix
    assert found["lake"]["PINTEREST_LAKE"] == "s3://lake/tables"
    assert found["engine"] == {"PINTEREST_ENGINE": "duckdb", "PINTEREST_MEMORY_LIMIT": "auto"}
    assert found["steps"] == {"PINTEREST_STEPS_ON": "dagster"}


def test_spark_and_databricks_are_shown_without_their_secrets(settings: Settings) -> None:
    remote = {"engine": "spark", "spark_remote": "sc://host:443/;token=geheim;x-databricks-cluster-id=7"}
    options = {"spark.sql.shuffle.partitions": "8"}
    definitions = build_definitions(settings=settings.model_copy(update=remote), spark_config=options)
    assert definitions.resources["spark"].spark_config == options  # type: ignore[index]
    found = shown(definitions)
    assert found["engine"]["PINTEREST_SPARK_REMOTE"] == "sc://host:443/;token=***;x-databricks-cluster-id=7"
    fields = place_resources(settings.model_copy(update=DATABRICKS))["steps"].config_schema.config_type.fields
    assert fields["PINTEREST_DATABRICKS_VOLUME"].default_value == DATABRICKS["databricks_volume"]
    assert fields["PINTEREST_DATABRICKS_SET"].default_value == (
        '{"kafka_password": "***", "source_url": "mysql://***@h/d", "landing": "/Volumes/landing"}'
    )


def test_run_cannot_change_where_the_lake_is(settings: Settings, run: Run) -> None:
    config = {"resources": {"lake": {"config": {"PINTEREST_LAKE": "/elsewhere"}}}}
    done = run("raw/user", config=config)
    assert not done.success
    [event] = [e for e in done.all_events if e.event_type is dg.DagsterEventType.PIPELINE_FAILURE]
    assert "PINTEREST_LAKE=/elsewhere: a run cannot change this setting" in str(event.event_specific_data)
    assert not Path(settings.lake_root).exists()
    assert failures(run("raw/user")) == []


def test_spark_config_without_spark_is_refused(settings: Settings) -> None:
    with pytest.raises(EngineError, match=r"spark_config has no effect with PINTEREST_ENGINE=duckdb"):
        build_definitions(settings=settings, spark_config={"spark.executor.memory": "2g"})
