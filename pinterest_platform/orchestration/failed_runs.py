"""Retries failed runs of domains that have no other sensor: a source that is read whole is only read by runs.

The sensor keeps no state: a tag on each run holds the number of the try. After the last try it waits for a scheduled or
manual run. If that fails, it counts from one again.
"""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg

from pinterest_platform.domain import Domain
from pinterest_platform.orchestration.jobs import REFRESH_ALL
from pinterest_platform.orchestration.names import own_name
from pinterest_platform.orchestration.sensors import back_off, ended, is_under_way

SENSOR = "failed_runs"
TAG = "pinterest_platform/try"

_INTERVAL_SECONDS = 30

#: Tries after a failed run. The last one starts about three hours after it.
_MOST = 8


def decide(tries: int, failed: datetime, *, under_way: bool, now: datetime) -> dg.RunRequest | dg.SkipReason:
    """One more run after the newest of `tries` ended at `failed`, or the reason to wait; times in UTC."""
    if under_way:
        return dg.SkipReason("the newest run failed; a run is in progress")
    if tries >= _MOST:
        return dg.SkipReason(f"the newest run failed, the last of {_MOST} tries; the next scheduled run tries again")
    again = failed + back_off(tries + 1)
    if now < again:
        return dg.SkipReason(f"the newest run failed; try {tries + 1} of {_MOST} starts at {again:%H:%M:%S} UTC")
    return dg.RunRequest(tags={TAG: str(tries + 1)})


def failed_runs(domain: Domain) -> dg.SensorDefinition:
    """The sensor. It requests no run while another one is queued or running."""
    job = own_name(domain, REFRESH_ALL)

    @dg.sensor(
        name=own_name(domain, SENSOR),
        job_name=job,
        minimum_interval_seconds=_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Retries {job} when its newest run failed: up to {_MOST} times, after 1, 2, 4 ... 60 minutes.",
    )
    def look(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        newest = next(iter(context.instance.get_run_records(dg.RunsFilter(job_name=job), limit=1)), None)
        if newest is None or newest.dagster_run.status is not dg.DagsterRunStatus.FAILURE:
            return dg.SkipReason("the newest run did not fail")
        return decide(
            int(newest.dagster_run.tags.get(TAG, "0")),
            ended(newest),
            under_way=is_under_way(context.instance, domain),
            now=datetime.now(UTC),
        )

    return look
