"""What assets are given: where steps are done, the engine, and the options of a run."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

import dagster as dg
from pydantic import Field

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines import build_engine
from pinterest_platform.engines.contract import Engine
from pinterest_platform.orchestration.databricks import DatabricksWorker
from pinterest_platform.orchestration.steps import LocalWorker, Worker
from pinterest_platform.settings import Settings


def engine_resource(settings: Settings, catalog: Catalog) -> dg.ResourceDefinition:
    """The engine, opened once a run and shared by its steps."""

    @dg.resource(
        description=f"The {settings.engine} engine. Landing zone: {settings.landing_root}. "
        f"Lake: {settings.lake_root}. Topics: {settings.topic_prefix}.*"
    )
    def engine(_context: dg.InitResourceContext) -> Iterator[Engine]:
        opened = build_engine(settings, catalog)
        try:
            yield opened
        finally:
            opened.close()

    return engine


def worker_resource(settings: Settings, catalog: Catalog) -> dg.ResourceDefinition:
    """Where the steps of a run are done."""

    @dg.resource(description="Each step is done as a run on Databricks.")
    def databricks(_context: dg.InitResourceContext) -> Worker:
        return DatabricksWorker(settings)

    @dg.resource(required_resource_keys={"engine"}, description="Steps are done in Dagster's own process.")
    def local(context: dg.InitResourceContext) -> Worker:
        return LocalWorker(context.resources.engine, catalog)

    return databricks if settings.steps_on == "databricks" else local


class FullRefresh(Enum):
    """What a run computes anew."""

    no = "no"
    raw = "raw"
    landing = "landing"


class RefreshOptions(dg.ConfigurableResource):  # type: ignore[type-arg]
    """Options of one run, for all its tables."""

    full_refresh: FullRefresh = Field(
        default=FullRefresh.no,
        description="no: only what is new. raw: cleaned and analytic tables anew from raw. "
        "landing: raw tables anew from the landing zone too.",
    )

    @property
    def ingest_anew(self) -> bool:
        return self.full_refresh is FullRefresh.landing

    @property
    def compute_anew(self) -> bool:
        return self.full_refresh is not FullRefresh.no
