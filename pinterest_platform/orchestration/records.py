"""Reads tables and runs from Dagster's records into the types of `flow`. Nothing is launched or written here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import dagster as dg

from pinterest_platform import addresses
from pinterest_platform.catalog import Catalog
from pinterest_platform.domain import Domain
from pinterest_platform.flow.runs import Run, Step, TableRun
from pinterest_platform.orchestration.own_runs import is_of
from pinterest_platform.orchestration.results import asset_key, check_specs
from pinterest_platform.orchestration.signs_of_life import why_dead
from pinterest_platform.tasks import checks, raw_checks

#: How many runs are shown, and how many pages of that size are searched for them among runs of other domains.
_RUNS, _PAGES = 8, 25


def table_runs(instance: dg.DagsterInstance, catalog: Catalog) -> list[TableRun]:
    """Each table that runs materialize, in the order of the graph."""
    addresses = [*catalog.raw, *catalog.models]
    records = {
        record.asset_entry.asset_key: record.asset_entry.last_materialization
        for record in instance.get_asset_records([asset_key(catalog.domain, address) for address in addresses])
    }
    return [
        _table(
            address, records.get(asset_key(catalog.domain, address)), _evaluations(instance, _checks(catalog, address))
        )
        for address in addresses
    ]


def newest_runs(instance: dg.DagsterInstance, domain: Domain) -> list[Run]:
    """Newest first. Only the newest run and the newest failed run have steps."""
    runs: list[Run] = []
    now = datetime.now(UTC)
    for record in islice(_records(instance, domain), _RUNS):
        run, status = record.dagster_run, record.dagster_run.status.value.lower()
        began = record.start_time or record.create_timestamp.timestamp()
        steps = not runs or (status == "failure" and not any(known.status == "failure" for known in runs))
        runs.append(
            Run(
                identity=run.run_id,
                job="selected assets" if run.job_name.startswith("__") else run.job_name,
                status=status,
                started=datetime.fromtimestamp(began, UTC),
                seconds=record.end_time - began if record.end_time else None,
                steps=_steps(instance, domain, run.run_id) if steps else (),
                dead=None if run.is_finished or status == "queued" else why_dead(instance, run, now),
                error=_error(instance, run.run_id) if status == "failure" and steps else None,
            )
        )
    return runs


def _records(instance: dg.DagsterInstance, domain: Domain) -> Iterator[dg.RunRecord]:
    """Runs of the domain among the newest of all, newest first."""
    cursor = None
    for _ in range(_PAGES):
        page = instance.get_run_records(limit=_RUNS, cursor=cursor)
        yield from (record for record in page if is_of(domain, record.dagster_run))
        if len(page) < _RUNS:
            return
        cursor = page[-1].dagster_run.run_id


def address_of_step(domain: Domain, step_key: str) -> str:
    """Dagster names a step by its whole asset key."""
    prefix = "".join(f"{part}/" for part in domain.asset_prefix)
    return addresses.address_of(step_key).removeprefix(prefix)


def failure_message(event: dg.DagsterEvent) -> str:
    """The error of a failed step, or of a run that failed outside its steps, without Dagster's wrapper."""
    error = (event.step_failure_data if event.is_step_failure else event.job_failure_data).error
    # Deeper causes are for a debugger.
    raised = (error.cause or error) if error else None
    if raised is None:
        return "unknown"
    return (raised.message.strip().partition(f"{raised.cls_name}: ")[2] or raised.message).strip()


def _table(address: str, entry: dg.EventLogEntry | None, evaluations: Sequence[dg.AssetCheckEvaluation]) -> TableRun:
    error = dg.AssetCheckSeverity.ERROR
    failed = [_violated(evaluation) for evaluation in evaluations if evaluation.severity is error]
    warned = [_violated(evaluation) for evaluation in evaluations if evaluation.severity is not error]
    if entry is None or entry.asset_materialization is None:
        return TableRun(address, failed=failed, warned=warned)
    figures: Mapping[str, Any] = {name: value.value for name, value in entry.asset_materialization.metadata.items()}
    return TableRun(
        address=address,
        made=datetime.fromtimestamp(entry.timestamp, UTC),
        rows=figures.get("dagster/row_count"),
        seconds=figures.get("seconds"),
        rows_in=figures.get("lines", figures.get("rows_in")),
        rows_changed=figures.get("rows_added", figures.get("rows_changed")),
        rows_rejected=figures.get("rows_rejected"),
        failed=failed,
        warned=warned,
    )


def _checks(catalog: Catalog, address: str) -> Iterable[dg.AssetCheckSpec]:
    if catalog.record(address):
        # Without the flow check: its last result is out of date by now.
        return check_specs(catalog.domain, address, raw_checks.groups())
    return check_specs(catalog.domain, address, checks.groups(catalog.table(address)))


def _evaluations(instance: dg.DagsterInstance, specs: Iterable[dg.AssetCheckSpec]) -> list[dg.AssetCheckEvaluation]:
    """The newest results that did not pass."""
    found = (evaluation(instance, spec.key) for spec in specs)
    return [result for result in found if result and not result.passed]


def evaluation(instance: dg.DagsterInstance, key: dg.AssetCheckKey) -> dg.AssetCheckEvaluation | None:
    """The newest result of a check; None if it has no result, or if a run has planned it since."""
    newest = instance.get_latest_asset_check_evaluation_record(key)
    result = newest.evaluation if newest else None
    return result if isinstance(result, dg.AssetCheckEvaluation) else None


def _violated(evaluation: dg.AssetCheckEvaluation) -> str:
    violated = evaluation.metadata.get("violated")
    return f"{evaluation.check_name}: {violated.value if violated else 'failed'}"


def _error(instance: dg.DagsterInstance, run_id: str) -> str | None:
    """Why a run failed outside its steps: its error, or the message with which it was ended."""
    records = instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.RUN_FAILURE).records
    event = records[-1].event_log_entry.dagster_event if records else None
    if event is None:
        return None
    raised = event.event_specific_data is not None and event.job_failure_data.error
    return (failure_message(event) if raised else event.message or "").rstrip(".") or None


def _steps(instance: dg.DagsterInstance, domain: Domain, run_id: str) -> list[Step]:
    failures = {
        record.event_log_entry.step_key: failure_message(event)
        for record in instance.get_records_for_run(run_id, of_type=dg.DagsterEventType.STEP_FAILURE).records
        if (event := record.event_log_entry.dagster_event)
    }
    stats = sorted(instance.get_run_step_stats(run_id), key=lambda step: step.start_time or 0.0)
    return [
        Step(
            address_of_step(domain, step.step_key),
            step.end_time - step.start_time if step.start_time and step.end_time else None,
            failures.get(step.step_key),
        )
        for step in stats
    ]
