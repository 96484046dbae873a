"""Tries a run that failed again, where no sensor sees what is to be read: a source that is read whole is looked at by a
run only.

It keeps no state: a run's tag says which try it is. After the last one it waits for a run by the schedule or by hand,
and where that fails counts from one.
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

#: Tries after a run that failed. The last is some three hours after it.
_MOST = 8


def decide(tries: int, failed: datetime, *, under_way: bool, now: datetime) -> dg.RunRequest | dg.SkipReason:
    """One more try after a run that `failed` then, the last of so many `tries`, or why not; times in UTC."""
    if under_way:
        return dg.SkipReason("the newest run failed; a run is under way")
    if tries >= _MOST:
        return dg.SkipReason(f"the newest run failed, the last of {_MOST} tries; the schedule's next run tries again")
    again = failed + back_off(tries + 1)
    if now < again:
        return dg.SkipReason(f"the newest run failed; try {tries + 1} of {_MOST} comes at {again:%H:%M:%S} UTC")
    return dg.RunRequest(tags={TAG: str(tries + 1)})


def failed_runs(domain: Domain) -> dg.SensorDefinition:
    """The sensor, which asks for none of its own runs while another is under way."""
    job = own_name(domain, REFRESH_ALL)

    @dg.sensor(
        name=own_name(domain, SENSOR),
        job_name=job,
        minimum_interval_seconds=_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Asks for a run of {job} when the newest one failed: after 1, 2, 4 ... 60 minutes, {_MOST} times.",
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
