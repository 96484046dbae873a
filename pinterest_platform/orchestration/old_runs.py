"""Deletes old runs from Dagster's records, which otherwise keep every run's hundreds of events for ever.

What tells the present stays: the run of each asset's newest materialization and observation, of each check's newest
result, and every run that has not ended. What a run wrote to the lake is none of its events, and stays in any case.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
from pydantic import Field

from pinterest_platform.orchestration.stored_records import (
    ENDED,
    delete_events_without_runs,
    delete_run,
    runs_of_newest_results,
)

#: As long as old versions of tables are kept.
DAYS = 7

#: What a command that has other work to do deletes beside; the job deletes all.
MOST_IN_PASSING = 100

_AT_ONCE = 100


class OldRunsConfig(dg.Config):
    """Which runs are old."""

    run_days: int = Field(DAYS, ge=0, description="Runs that ended longer ago are deleted from Dagster's records.")


@dg.op(name="delete_old_runs")
def delete_old_runs_op(context: dg.OpExecutionContext, config: OldRunsConfig) -> None:
    deleted = delete_old_runs(context.instance, timedelta(days=config.run_days))
    context.log.info("%d runs that ended more than %d days ago are deleted", deleted, config.run_days)


def delete_old_runs(
    instance: dg.DagsterInstance, age: timedelta = timedelta(days=DAYS), *, most: int | None = None
) -> int:
    """Delete the runs that ended longer ago, the oldest first; returns how many. With `most` not more than so many, and
    none while there are fewer: to find out which tell the present takes a query or two for each asset."""
    before = datetime.now(UTC) - age
    ended = dg.RunsFilter(statuses=list(ENDED), updated_before=before)
    if instance.get_runs_count(ended) < (most or 0):
        return 0
    deleted = 0
    for run_id in _old(instance, ended):
        if deleted == most:
            break
        delete_run(instance, run_id)
        deleted += 1
    if deleted or most is None:
        delete_events_without_runs(instance, before.replace(tzinfo=None))
    return deleted


def _old(instance: dg.DagsterInstance, ended: dg.RunsFilter) -> Iterator[str]:
    kept = _of_the_present(instance)
    # What is kept is found again each time, beside what comes after it.
    while runs := [
        run_id
        for record in instance.get_run_records(ended, limit=len(kept) + _AT_ONCE, ascending=True)
        if (run_id := record.dagster_run.run_id) not in kept
    ]:
        yield from runs


def _of_the_present(instance: dg.DagsterInstance) -> set[str]:
    kept: set[str | None] = set()
    for record in instance.get_asset_records():
        entry = record.asset_entry
        kept.add(entry.last_run_id)
        kept.update(
            newest.run_id
            for records in (
                instance.fetch_materializations(entry.asset_key, limit=1),
                instance.fetch_observations(entry.asset_key, limit=1),
            )
            for newest in records.records
        )
    kept |= runs_of_newest_results(instance)
    return {run_id for run_id in kept if run_id}
