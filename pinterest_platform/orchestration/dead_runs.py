"""Marks runs whose process is gone as failed: Dagster itself would show them as started forever.

The sensor here does it, and so do the commands `run` and `dev` when they start. If Dagster launched the run, Dagster
retries it. `new_landing_objects` requests another run. `signs_of_life` recognizes runs that are still working; they are
not touched.
"""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg

from pinterest_platform.domain import Domain
from pinterest_platform.orchestration.names import own_name
from pinterest_platform.orchestration.signs_of_life import sweep, why_dead

SENSOR = "dead_runs"

_INTERVAL_SECONDS = 30

#: A run in the queue has no process yet.
_BEGUN = [
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
    dg.DagsterRunStatus.CANCELING,
]


def end_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Record the end of each run whose process is gone, and free its pools. Returns one sentence for each run."""
    told = []
    for run in instance.get_runs(dg.RunsFilter(statuses=_BEGUN)):
        why = why_dead(instance, run, datetime.now(UTC))
        if why and _end(instance, run.run_id, why):
            told.append(f"run {run.run_id[:8]} of {run.job_name} is dead: {why}")
    sweep(instance)
    return told


def _end(instance: dg.DagsterInstance, run_id: str, why: str) -> bool:
    run = instance.get_run_by_id(run_id)
    if run is None or run.is_finished:
        return False  # It has ended in the meantime.
    message = f"The run is dead: {why}. The next run resumes where this one stopped."
    if run.status is dg.DagsterRunStatus.CANCELING:
        instance.report_run_canceled(run, message)
    else:
        instance.report_run_failed(run, message)
    # That frees pools whose limit counts runs, but not pools whose limit counts steps.
    instance.event_log_storage.free_concurrency_slots_for_run(run_id)
    return True


def dead_runs(domain: Domain) -> dg.SensorDefinition:
    """The sensor. Like the commands, it checks the runs of every domain. It requests no runs."""

    @dg.sensor(
        name=own_name(domain, SENSOR),
        minimum_interval_seconds=_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Marks runs whose process is gone as failed, so that other runs do not wait for them.",
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        told = end_dead_runs(context.instance)
        for sentence in told:
            context.log.warning(sentence)
        return dg.SkipReason("; ".join(told) or "no run is dead")

    return look
