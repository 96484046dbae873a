"""Runs the task of one table or of the report: brings it up to date and evaluates its checks.

This module does not know runs: the caller passes in the findings of earlier ones. The caller also decides where a task
runs, and does the other work of a run, such as looking at the landing zone.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pinterest_platform.catalog import Catalog, Model, RawTable
from pinterest_platform.domain import publications
from pinterest_platform.engines.contract import Engine, RefreshResult
from pinterest_platform.report.publish import ADDRESS as REPORT
from pinterest_platform.report.publish import publish
from pinterest_platform.settings import Settings
from pinterest_platform.tasks import checks, figures, raw_checks, sources
from pinterest_platform.tasks.publishing import run_publication
from pinterest_platform.tasks.result import CheckResult, TaskResult

#: How often a table is refreshed and checked again while other runs write to its upstreams.
_TRIES = 5


def run_task(
    engine: Engine,
    catalog: Catalog,
    settings: Settings,
    address: str,
    *,
    anew: bool,
    passed_at: str,
    log: logging.Logger,
) -> TaskResult:
    """Ingest, refresh or report on a table and evaluate its checks, write the report, or publish. A full refresh starts
    from scratch.

    A snapshot source lands before its table is ingested, in this process, with every engine.

    Args:
        passed_at: marker of the newest result whose checks all passed, or empty. A table that has not changed since
            is not checked again.
    """
    if address == "raw/rejected":
        return _report(engine, catalog, catalog.raw[address])
    if address in catalog.raw:
        return _ingest(engine, catalog, settings, catalog.raw[address], anew, passed_at, log)
    if address == REPORT:
        return TaskResult(REPORT, figures.published(publish(settings, catalog, engine, anew=anew)))
    if address not in catalog.models and (published := publications(settings, catalog.domain).get(address)):
        return run_publication(published, anew=anew)
    return _refresh(engine, catalog, catalog.models[address], anew, passed_at, log)


def _ingest(
    engine: Engine,
    catalog: Catalog,
    settings: Settings,
    table: RawTable,
    anew: bool,
    passed_at: str,
    log: logging.Logger,
) -> TaskResult:
    def progress(done: int, total: int) -> None:
        log.info("%s: %.0f of %.0f MB read", table.address, done / 1e6, total / 1e6)

    landed = sources.land(settings, catalog.domain, table.name, anew=anew, log=log)
    result = engine.ingest(table.name, full_refresh=anew, progress=progress)
    marker = checks.marker(table, result.version)
    if not result.lines and not result.strangers and passed_at == marker:
        judged = checks.passed(raw_checks.groups())
    else:
        judged = raw_checks.evaluate(engine, catalog, table, result, whole=not result.lines)
    return TaskResult(
        address=table.address,
        rows=result.rows_total,
        figures={**figures.ingested(engine, catalog, table, result), **landed},
        checks=judged,
        passed_at=_passed_at(marker, judged),
    )


def _report(engine: Engine, catalog: Catalog, table: RawTable) -> TaskResult:
    return TaskResult(
        address=table.address,
        rows=engine.inspect("SELECT COUNT(*) FROM raw.rejected").rows[0][0],
        figures=figures.rejected(engine),
        checks=checks.evaluate(engine, catalog, table),
        passed_at="",
    )


def _refresh(
    engine: Engine, catalog: Catalog, model: Model, anew: bool, passed_at: str, log: logging.Logger
) -> TaskResult:
    result = engine.refresh(model.address, full_refresh=anew)
    log.info("%s: %s, %d rows in %.2f s", model.address, result.outcome, result.rows_total, result.seconds)
    marker = checks.marker(model, result.version)
    if result.outcome == "unchanged" and passed_at == marker:
        judged = checks.passed(checks.groups(model))
    else:
        before = checks.marker(model, result.since.get(model.address, -1))
        since = result.since if passed_at == before else None
        judged = checks.evaluate(engine, catalog, model, since)
        if any(check.blocking and not check.passed for check in judged):
            result, judged = _checked_again(engine, catalog, model, since, result)
            marker = checks.marker(model, result.version)
    return TaskResult(
        address=model.address,
        rows=result.rows_total,
        figures=figures.refreshed(engine, catalog, model, result),
        checks=judged,
        passed_at=_passed_at(marker, judged),
    )


def _checked_again(
    engine: Engine, catalog: Catalog, model: Model, since: Mapping[str, int] | None, result: RefreshResult
) -> tuple[RefreshResult, tuple[CheckResult, ...]]:
    """The refresh and its checks, repeated until the upstreams have not changed meanwhile.

    Another run may have written to an upstream after the refresh. A check that compares the two then finds violations,
    although no row is wrong.
    """
    for _ in range(_TRIES):
        versions = _versions(engine, model)
        later = engine.refresh(model.address)
        if later.outcome != "unchanged":
            rows_in, changed = result.rows_in + later.rows_in, result.rows_changed + later.rows_changed
            result = replace(later, since=result.since, rows_in=rows_in, rows_changed=changed)
        judged = checks.evaluate(engine, catalog, model, since)
        if _versions(engine, model) == versions:
            break
    return result, judged


def _versions(engine: Engine, model: Model) -> Sequence[int | None]:
    """The newest versions of the upstreams; None for one that does not exist."""
    return [table.version() if (table := engine.lake.open(address)) else None for address in model.upstreams]


def _passed_at(marker: str, judged: Sequence[CheckResult]) -> str:
    """Return the marker if all checks passed, so that an unchanged table is checked once only."""
    return marker if all(check.passed for check in judged) else ""
