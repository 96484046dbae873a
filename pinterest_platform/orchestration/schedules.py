"""What runs by the clock: every table daily, maintenance weekly. New landing objects are the sensor's business."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from pinterest_platform.domain import Domain
from pinterest_platform.orchestration.jobs import MAINTENANCE, REFRESH_ALL
from pinterest_platform.orchestration.names import own_name
from pinterest_platform.tasks.policy import DAILY


def build_schedules(domain: Domain) -> Sequence[dg.ScheduleDefinition]:
    return [
        dg.ScheduleDefinition(
            name=own_name(domain, "daily"),
            job_name=own_name(domain, REFRESH_ALL),
            cron_schedule=DAILY,
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description="Refresh every table at 02:00 UTC, also where nothing asked for it.",
        ),
        dg.ScheduleDefinition(
            name=own_name(domain, "weekly_maintenance"),
            job_name=own_name(domain, MAINTENANCE),
            cron_schedule="0 4 * * 0",
            default_status=dg.DefaultScheduleStatus.RUNNING,
            description="Order and join data files and delete old runs on Sundays at 04:00 UTC.",
        ),
    ]
