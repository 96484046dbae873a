"""The Spark session of a run in Dagster: one for the engine and for ops of others, with the properties it was given."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pytest
from dagster_pyspark import LazyPySparkResource
from pyspark.sql import SparkSession

from pinterest_platform.orchestration.build import build_definitions
from pinterest_platform.orchestration.spark import flat
from pinterest_platform.settings import Settings
from pinterest_platform_tests.orchestration.conftest import Land, failures

PARTITIONS = "spark.sql.shuffle.partitions"


@pytest.fixture
def partitions(spark: SparkSession) -> Iterator[str]:
    """How many the session has, now and after the test."""
    before = str(spark.conf.get(PARTITIONS))
    yield before
    spark.conf.set(PARTITIONS, before)


@pytest.fixture
def definitions(settings: Settings) -> dg.Definitions:
    on_spark = settings.model_copy(update={"engine": "spark", "spark_min_mb": 0})
    return build_definitions(settings=on_spark, spark_config={PARTITIONS: 3})


def run(definitions: dg.Definitions, instance: dg.DagsterInstance, **spark_config: str) -> dg.ExecuteInProcessResult:
    """Ingests the users; with properties of the launchpad where there are any."""
    config = {"resources": {"spark": {"config": {"spark_config": spark_config}}}} if spark_config else {}
    return definitions.resolve_job_def("refresh_all").execute_in_process(
        instance=instance, asset_selection=[dg.AssetKey(["raw", "user"])], run_config=config, raise_on_error=False
    )


def test_engine_computes_in_the_session_of_the_resource(
    spark: SparkSession, partitions: str, land: Land, definitions: dg.Definitions, instance: dg.DagsterInstance
) -> None:
    land(0, 20)
    assert partitions != "3"
    assert failures(run(definitions, instance)) == []
    assert spark.conf.get(PARTITIONS) == "3"
    land(20, 40)
    assert failures(run(definitions, instance, **{PARTITIONS: "5"})) == []
    assert spark.conf.get(PARTITIONS) == "5"
    assert spark.range(2).count() == 2  # Who opened the session before has it still.
    land(40, 60)
    refused = run(definitions, instance, **{"spark.driver.memory": "7g"})
    assert "spark_config sets spark.driver.memory=7g, which must be set when a session starts" in failures(refused)[0]
    refused = run(definitions, instance, **{"spark.sql.ansi.enabled": "false"})
    assert "spark_config sets spark.sql.ansi.enabled, on which the tables depend" in failures(refused)[0]


@pytest.mark.usefixtures("partitions")
def test_op_of_somebody_else_has_the_same_session(spark: SparkSession, definitions: dg.Definitions) -> None:
    @dg.op
    def look(spark: LazyPySparkResource) -> bool:
        return spark.spark_session.conf.get(PARTITIONS) == "3" and spark.spark_context is not None

    @dg.job(resource_defs={"spark": definitions.resources["spark"]})  # type: ignore[index]
    def looking() -> None:
        look()

    assert looking.execute_in_process().output_for_node("look")
    assert spark.range(2).count() == 2


def test_nested_properties_have_dotted_names() -> None:
    assert flat({"spark": {"executor": {"memory": "2g", "cores": 2}}, "spark.ui.enabled": True}) == {
        "spark.executor.memory": "2g",
        "spark.executor.cores": "2",
        "spark.ui.enabled": "true",
    }
