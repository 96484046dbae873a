"""Deletes old runs from Dagster's database, which otherwise keeps the hundreds of events of every run forever.

Runs that describe the current state are kept. These are the runs of each asset's newest materialization and
observation, of each check's newest result, and all runs that have not ended. Data in the lake is never deleted.
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

#: The same as the retention of old table versions.
DAYS = 7

#: How many runs a command deletes besides its own work; the maintenance job deletes all old runs.
MOST_IN_PASSING = 100

_AT_ONCE = 100


class OldRunsConfig(dg.Config):
    """When a run is old."""

    run_days: int = Field(
        DAYS, ge=0, description="Runs that ended more than this many days ago are deleted from Dagster's records."
    )


@dg.op(name="delete_old_runs")
def delete_old_runs_op(context: dg.OpExecutionContext, config: OldRunsConfig) -> None:
    deleted = delete_old_runs(context.instance, timedelta(days=config.run_days))
    context.log.info("deleted %d runs that ended more than %d days ago", deleted, config.run_days)


def delete_old_runs(
    instance: dg.DagsterInstance, age: timedelta = timedelta(days=DAYS), *, most: int | None = None
) -> int:
    """Delete the runs that ended longer than `age` ago, the oldest first, and return how many.

    With `most`, delete at most so many, and nothing while fewer runs are old. The reason: finding the runs to keep
    costs a query or two for each asset.
    """
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
    # Each query returns the kept runs again, besides the runs after them.
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
