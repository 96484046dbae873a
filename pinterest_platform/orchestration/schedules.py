"""Schedules: refresh every table daily, run maintenance weekly. The sensor handles new landing objects."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from pinterest_platform.domain import Domain
from pinterest_platform.orchestration.jobs import MAINTENANCE, REFRESH_ALL
from pinterest_platform.orchestration.names import own_name
from pinterest_platform.tasks.policy import DAILY


def build_schedules(domain: Domain, *, begun_by_hand: bool) -> Sequence[dg.ScheduleDefinition]:
    """With `begun_by_hand` the daily schedule waits for a first manual run. A domain that reads its sources in runs
    needs that: if you only open it next to another domain, its sources may not exist."""
    job = own_name(domain, REFRESH_ALL)

    def refresh(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        if begun_by_hand and not context.instance.get_runs_count(dg.RunsFilter(job_name=job)):
            command = f"pinterest-platform --domain {domain.reference} run"
            return dg.SkipReason(f"{job} has never run. Run it once: `{command}`")
        return dg.RunRequest()

    return [
        dg.ScheduleDefinition(
            name=own_name(domain, "daily"),
            job_name=job,
            cron_schedule=DAILY,
            execution_fn=refresh,
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description="Refresh every table at 02:00 UTC, even if no sensor requested a run."
            + (" Waits for a first manual run." if begun_by_hand else ""),
        ),
        dg.ScheduleDefinition(
            name=own_name(domain, "weekly_maintenance"),
            job_name=own_name(domain, MAINTENANCE),
            cron_schedule="0 4 * * 0",
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description="Sort and compact data files and delete old runs on Sundays at 04:00 UTC.",
        ),
    ]
