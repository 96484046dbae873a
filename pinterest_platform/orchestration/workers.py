"""Where the steps of a run are done: here, in Dagster's own process; `databricks.worker` is the other place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import dagster as dg

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines.contract import Engine
from pinterest_platform.orchestration.results import asset_key, materialized, newest_marker
from pinterest_platform.settings import Settings
from pinterest_platform.tasks.run import run_task


class Worker(Protocol):
    """Does the tasks of a run."""

    def take(self, context: dg.AssetExecutionContext, address: str, *, anew: bool) -> dg.MaterializeResult:  # type: ignore[type-arg]
        """Do one table's task for the step of `context`, as `run_task` does."""


@dataclass(frozen=True)
class LocalWorker:
    """Does the work in Dagster's own process."""

    engine: Engine
    catalog: Catalog
    settings: Settings

    def take(self, context: dg.AssetExecutionContext, address: str, *, anew: bool) -> dg.MaterializeResult:  # type: ignore[type-arg]
        passed_at = newest_marker(context.instance, asset_key(self.catalog.domain, address))
        done = run_task(
            self.engine, self.catalog, self.settings, address, anew=anew, passed_at=passed_at, log=context.log
        )
        return materialized(self.catalog.domain, done)
