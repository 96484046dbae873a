"""Resources of the assets: where steps are executed, the engine, and the options of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from enum import Enum
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines import build_engine
from pinterest_platform.engines.contract import Engine, EngineError
from pinterest_platform.orchestration.places import PLACES, refuse_changes, shown
from pinterest_platform.orchestration.results import asset_key, newest_markers
from pinterest_platform.orchestration.workers import LocalWorker, Worker
from pinterest_platform.s3.address import is_s3, split
from pinterest_platform.settings import Settings

if TYPE_CHECKING:
    from dagster_aws.s3 import S3Resource
    from pyspark.sql import SparkSession

_S3 = "s3"
_SPARK = "spark"

#: Settings that the resource of the engine shows.
_ENGINE = ("engine", "memory_limit")
_ENGINE_ON_SPARK = ("spark_min_mb", "spark_remote", "spark_master", "spark_driver_memory")


def spark_key(settings: Settings) -> frozenset[str]:
    """Key of the Spark session's resource, if the engine uses Spark and dagster-pyspark is installed. dagster-pyspark
    cannot be installed together with Databricks Connect."""
    there = settings.engine != "duckdb" and find_spec("dagster_pyspark") is not None
    return frozenset({_SPARK}) if there else frozenset()


def spark_resources(settings: Settings, spark_config: Mapping[str, Any] | None) -> dict[str, object]:
    """The Spark session of a run, if the engine uses Spark.

    Raises:
        EngineError: properties are given, but the engine does not use Spark.
    """
    if spark_key(settings):
        from pinterest_platform.orchestration.spark import spark_resource

        return {_SPARK: spark_resource(settings, spark_config or {})}
    if spark_config:
        raise EngineError(
            f"spark_config has no effect with PINTEREST_ENGINE={settings.engine}. Set PINTEREST_ENGINE to spark or "
            "databricks and run: pip install 'pinterest-platform[spark]'"
        )
    return {}


def s3_resources(settings: Settings, given: S3Resource | None) -> Mapping[str, object]:
    """Access to landing zone and lake, if one of them is in S3.

    Raises:
        EngineError: a package is missing, or a resource is `given` but neither is in S3.
        S3Error: an address is wrong.
    """
    if not _s3_key(settings):
        if given:
            raise EngineError(
                "an S3 resource is given, but neither PINTEREST_LANDING nor PINTEREST_LAKE is in S3. Leave the "
                "resource out, or set one of them to an s3:// address"
            )
        return {}
    try:  # Imported here, because it takes seconds.
        from pinterest_platform.orchestration.s3 import s3_resource
    except ImportError as error:
        raise EngineError(f"{error.name} is missing: pip install 'pinterest-platform[aws]'") from error
    buckets = {split(address)[0] for address in (settings.landing_root, settings.lake_root) if is_s3(address)}
    return {_S3: s3_resource(given, sorted(buckets))}


def _s3_key(settings: Settings) -> frozenset[str]:
    there = is_s3(settings.landing_root) or is_s3(settings.lake_root)
    return frozenset({_S3}) if there else frozenset()


def needed(settings: Settings) -> set[str]:
    """The resources that the engine requires."""
    return set(PLACES | spark_key(settings) | _s3_key(settings))


def engine_resource(settings: Settings, catalog: Catalog) -> dg.ResourceDefinition:
    """The engine, opened once a run."""
    names = (*_ENGINE, *(_ENGINE_ON_SPARK if settings.engine != "duckdb" else ()))

    @dg.resource(
        description=_engine(settings),
        config_schema=shown(settings, names),
        required_resource_keys=needed(settings),
    )
    def engine(context: dg.InitResourceContext) -> Iterator[Engine]:
        refuse_changes(settings, names, context)
        with closing(build_engine(settings, catalog, _session(context))) as opened:
            yield opened

    return engine


def worker_resources(settings: Settings, catalog: Catalog) -> Mapping[str, object]:
    """The resource `worker`, which executes the steps of a run, and the resources it requires.

    Raises:
        EngineError: a package is missing.
    """
    if settings.steps_on == "databricks":
        return _databricks_resources(settings, catalog)

    # In Dagster's own process steps share one engine.
    @dg.resource(
        description=f"Executes steps in Dagster's own process. {_engine(settings)}",
        required_resource_keys=needed(settings),
    )
    def local(context: dg.InitResourceContext) -> Iterator[Worker]:
        keys = [asset_key(catalog.domain, address) for address in catalog.addresses]
        passed_at = newest_markers(context.instance, keys) if context.instance else {}
        with closing(build_engine(settings, catalog, _session(context))) as opened:
            yield LocalWorker(opened, catalog, settings, passed_at)

    return {"worker": local}


def _databricks_resources(settings: Settings, catalog: Catalog) -> Mapping[str, object]:
    try:  # Imported here, because it takes seconds.
        from pinterest_platform.orchestration.databricks.worker import DatabricksWorker
        from pinterest_platform.orchestration.databricks.workspace import Workspace
    except ImportError as error:
        raise EngineError(f"{error.name} is missing: pip install 'pinterest-platform[databricks]'") from error

    @dg.resource(
        description="Executes each step as a run on Databricks.",
        required_resource_keys={"databricks", *PLACES, *_s3_key(settings)},
    )
    def databricks(context: dg.InitResourceContext) -> Worker:
        return DatabricksWorker(settings, catalog.domain, context.resources.databricks)

    return {"worker": databricks, "databricks": Workspace()}


def _session(context: dg.InitResourceContext) -> Callable[[], SparkSession] | None:
    spark = getattr(context.resources, _SPARK, None)
    return None if spark is None else lambda: spark.spark_session


def _engine(settings: Settings) -> str:
    return f"The {settings.engine} engine, which computes the tables."


class FullRefresh(Enum):
    """Which tables a run rebuilds from scratch."""

    no = "no"
    raw = "raw"
    landing = "landing"


class RefreshOptions(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Options of one run, for all its tables."""

    full_refresh: FullRefresh = Field(
        default=FullRefresh.no,
        description="no: process new records only. raw: rebuild cleaned and analytic tables from raw. "
        "landing: also rebuild raw tables from the landing zone.",
    )

    @property
    def ingest_anew(self) -> bool:
        return self.full_refresh is FullRefresh.landing

    @property
    def compute_anew(self) -> bool:
        return self.full_refresh is not FullRefresh.no
