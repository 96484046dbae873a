"""Ends runs whose process is gone, so that work goes on: Dagster keeps them as started for ever.

Whoever comes next does it: the sensor here, and the commands `run` and `dev` when they begin. Such a run has failed:
Dagster retries it if it launched it, and `new_landing_objects` asks for another. A run that works is left alone, see
`signs_of_life`.
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
    """Record the end of each run whose process is gone, and free the pools that it held; a sentence for each."""
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
        return False  # It ended while it was looked at.
    message = f"The run is dead: {why}. The next run goes on where it stopped."
    if run.status is dg.DagsterRunStatus.CANCELING:
        instance.report_run_canceled(run, message)
    else:
        instance.report_run_failed(run, message)
    # A pool whose limit counts runs is free with that; one whose limit counts steps is not.
    instance.event_log_storage.free_concurrency_slots_for_run(run_id)
    return True


def dead_runs(domain: Domain) -> dg.SensorDefinition:
    """The sensor. It looks at runs of every domain, as the commands do, and asks for none."""

    @dg.sensor(
        name=own_name(domain, SENSOR),
        minimum_interval_seconds=_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Marks runs as failed whose process is gone, so that others need not wait for them.",
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        told = end_dead_runs(context.instance)
        for sentence in told:
            context.log.warning(sentence)
        return dg.SkipReason("; ".join(told) or "no run is dead")

    return look
