"""Executes the steps of a run, here in Dagster's own process. `databricks.worker` executes them on Databricks."""

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
    """Executes the tasks of a run."""

    def take(self, context: dg.AssetExecutionContext, address: str, *, anew: bool) -> dg.MaterializeResult:  # type: ignore[type-arg]
        """Execute one table's task for the step of `context`, as `run_task` does."""


@dataclass(frozen=True)
class LocalWorker:
    """Executes tasks in Dagster's own process. `passed_at` holds the tables' markers from the start of the run: one
    query of Dagster's storage instead of one for each step. If another run has checked a table since, the step checks
    it again."""

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
