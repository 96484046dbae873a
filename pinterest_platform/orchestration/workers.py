"""Where the steps of a run are done: here, in Dagster's own process; `databricks.worker` is the other place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import dagster as dg

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines.contract import Engine
from pinterest_platform.orchestration.results import asset_key, materialized
from pinterest_platform.settings import Settings
from pinterest_platform.tasks.run import run_task


class Worker(Protocol):
    """Does the tasks of a run."""

    def take(self, context: dg.AssetExecutionContext, address: str, *, anew: bool) -> dg.MaterializeResult:  # type: ignore[type-arg]
        """Do one table's task for the step of `context`, as `run_task` does."""


@dataclass(frozen=True)
class LocalWorker:
    """Does the work in Dagster's own process. `passed_at` are the tables' markers when the run began: one question of
    Dagster's storage instead of one a step. A step that runs later than another run's judges its table again."""

    engine: Engine
    catalog: Catalog
    settings: Settings
    passed_at: Mapping[dg.AssetKey, str]

    def take(self, context: dg.AssetExecutionContext, address: str, *, anew: bool) -> dg.MaterializeResult:  # type: ignore[type-arg]
        passed_at = self.passed_at.get(asset_key(self.catalog.domain, address), "")
        done = run_task(
            self.engine, self.catalog, self.settings, address, anew=anew, passed_at=passed_at, log=context.log
        )
        return materialized(self.catalog.domain, done)
