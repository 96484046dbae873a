"""What assets are given: where steps are done, the engine, and the options of a run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from enum import Enum

import dagster as dg
from pydantic import Field

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines import build_engine
from pinterest_platform.engines.contract import Engine
from pinterest_platform.orchestration.databricks.worker import DatabricksWorker
from pinterest_platform.orchestration.results import asset_key, newest_markers
from pinterest_platform.orchestration.workers import LocalWorker, Worker
from pinterest_platform.settings import Settings


def engine_resource(settings: Settings, catalog: Catalog) -> dg.ResourceDefinition:
    """The engine, opened once a run."""

    @dg.resource(description=_engine(settings))
    def engine(_context: dg.InitResourceContext) -> Iterator[Engine]:
        with closing(build_engine(settings, catalog)) as opened:
            yield opened

    return engine


def worker_resource(settings: Settings, catalog: Catalog) -> dg.ResourceDefinition:
    """Where the steps of a run are done; in Dagster's own process they share one engine."""

    @dg.resource(description="Each step is done as a run on Databricks.")
    def databricks(_context: dg.InitResourceContext) -> Worker:
        return DatabricksWorker(settings, catalog.domain)

    @dg.resource(description=f"Steps are done in Dagster's own process. {_engine(settings)}")
    def local(context: dg.InitResourceContext) -> Iterator[Worker]:
        keys = [asset_key(catalog.domain, address) for address in catalog.addresses]
        passed_at = newest_markers(context.instance, keys) if context.instance else {}
        with closing(build_engine(settings, catalog)) as opened:
            yield LocalWorker(opened, catalog, settings, passed_at)

    return databricks if settings.steps_on == "databricks" else local


def _engine(settings: Settings) -> str:
    return (
        f"The {settings.engine} engine. Landing zone: {settings.landing_root}. "
        f"Lake: {settings.lake_root}. Topics: {settings.topic_prefix}.*"
    )


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
