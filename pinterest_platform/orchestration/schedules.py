"""What runs by the clock: every table daily, maintenance weekly. New landing objects are the sensor's business."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from pinterest_platform.domain import Domain
from pinterest_platform.orchestration.jobs import MAINTENANCE, REFRESH_ALL
from pinterest_platform.orchestration.names import own_name
from pinterest_platform.tasks.policy import DAILY


def build_schedules(domain: Domain, *, begun_by_hand: bool) -> Sequence[dg.ScheduleDefinition]:
    """With `begun_by_hand` the daily one waits for a first run by a person, as a domain does that reads its sources in
    runs: whoever opens it beside another one may have none of them."""
    job = own_name(domain, REFRESH_ALL)

    def refresh(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if begun_by_hand and not context.instance.get_runs_count(dg.RunsFilter(job_name=job)):
            command = f"pinterest-platform --domain {domain.reference} run"
            return dg.SkipReason(f"{job} has not run yet. Run it once: `{command}`")
        return dg.RunRequest()

    return [
        dg.ScheduleDefinition(
            name=own_name(domain, "daily"),
            job_name=job,
            cron_schedule=DAILY,
            execution_fn=refresh,
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description="Refresh every table at 02:00 UTC, also where nothing asked for it."
            + (" Waits for a first run by hand." if begun_by_hand else ""),
        ),
        dg.ScheduleDefinition(
            name=own_name(domain, "weekly_maintenance"),
            job_name=own_name(domain, MAINTENANCE),
            cron_schedule="0 4 * * 0",
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description="Order and join data files and delete old runs on Sundays at 04:00 UTC.",
        ),
    ]
