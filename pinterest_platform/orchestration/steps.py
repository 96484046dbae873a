"""One table's work: bring it up to date, judge its checks; and that of the report. The same for an asset and for the
command `refresh`.

Nothing here knows of runs: what an earlier one found is handed in, and where the work is done is a `Worker`'s business.
What a run of the graph does beside a table's work, as looking at the way in, is for `assets`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import dagster as dg

from pinterest_platform.catalog import Catalog, Model, RawTable
from pinterest_platform.engines.contract import Engine
from pinterest_platform.orchestration import checks, metadata, raw_checks
from pinterest_platform.report.publish import ADDRESS as REPORT
from pinterest_platform.report.publish import publish
from pinterest_platform.settings import Settings


class Worker(Protocol):
    """Where the steps of a run are done."""

    def take(self, context: dg.AssetExecutionContext, address: str, *, anew: bool) -> dg.MaterializeResult:  # type: ignore[type-arg]
        """Do one table's work for the step of `context`, as `work` does."""


@dataclass(frozen=True)
class LocalWorker:
    """Does the work in Dagster's own process."""

    engine: Engine
    catalog: Catalog
    settings: Settings

    def take(self, context: dg.AssetExecutionContext, address: str, *, anew: bool) -> dg.MaterializeResult:  # type: ignore[type-arg]
        passed_at = checks.newest_marker(context.instance, dg.AssetKey(address.split("/")))
        return work(self.engine, self.catalog, self.settings, address, anew=anew, passed_at=passed_at, log=context.log)


def work(
    engine: Engine,
    catalog: Catalog,
    settings: Settings,
    address: str,
    *,
    anew: bool,
    passed_at: str,
    log: logging.Logger,
) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """Ingest, refresh or report on a table and judge it, or write the report; `anew` computes all of it again.

    `passed_at` is the marker of the newest result whose checks all passed, or empty: what has not changed since need
    not be judged again.
    """
    if address == "raw/rejected":
        return _report(engine, catalog.raw[address])
    if address in catalog.raw:
        return _ingest(engine, catalog.raw[address], anew, passed_at, log)
    if address == REPORT:
        published = publish(settings, catalog, engine, anew=anew)
        return dg.MaterializeResult(asset_key=dg.AssetKey(REPORT.split("/")), metadata=metadata.published(published))
    return _refresh(engine, catalog.models[address], anew, passed_at, log)


def _ingest(engine: Engine, table: RawTable, anew: bool, passed_at: str, log: logging.Logger) -> dg.MaterializeResult:  # type: ignore[type-arg]
    def progress(done: int, total: int) -> None:
        log.info("%s: %.0f of %.0f MB read", table.address, done / 1e6, total / 1e6)

    key = dg.AssetKey(table.address.split("/"))
    result = engine.ingest(table.name, full_refresh=anew, progress=progress)
    marker = checks.marker(table, result.version)
    if not result.lines and not result.strangers and passed_at == marker:
        judged = checks.passed(raw_checks.specs(key), key)
    else:
        judged = raw_checks.evaluate(engine, table, result, key, whole=not result.lines)
    return _done(key, metadata.ingested(engine, table, result), judged, marker)


def _report(engine: Engine, table: RawTable) -> dg.MaterializeResult:  # type: ignore[type-arg]
    key = dg.AssetKey(table.address.split("/"))
    return _done(key, metadata.rejected(engine), checks.evaluate(engine, table, key), "")


def _refresh(engine: Engine, model: Model, anew: bool, passed_at: str, log: logging.Logger) -> dg.MaterializeResult:  # type: ignore[type-arg]
    key = dg.AssetKey(model.address.split("/"))
    result = engine.refresh(model.address, full_refresh=anew)
    log.info("%s: %s, %d rows in %.2f s", model.address, result.outcome, result.rows_total, result.seconds)
    marker = checks.marker(model, result.version)
    if result.outcome == "unchanged" and passed_at == marker:
        judged = checks.passed(checks.specs(model, key), key)
    else:
        before = checks.marker(model, result.since.get(model.address, -1))
        since = result.since if passed_at == before else None
        judged = checks.evaluate(engine, model, key, since)
    return _done(key, metadata.refreshed(engine, model, result), judged, marker)


def _done(
    key: dg.AssetKey, figures: metadata.Metadata, judged: Sequence[dg.AssetCheckResult], marker: str
) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """What the work gave; its metadata say whether all checks passed, so that an unchanged table is judged once."""
    figures[checks.MARKER] = marker if all(result.passed for result in judged) else ""
    return dg.MaterializeResult(asset_key=key, metadata=figures, check_results=judged)
