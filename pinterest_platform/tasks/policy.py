"""When tasks run, how often they are retried, how long they may take, and the default owner of a table. The policy is
the same on every orchestrator.
"""

from __future__ import annotations

OWNER = "team:data-platform"

#: When every table is refreshed, as cron, in UTC.
DAILY = "0 2 * * *"

#: Timeout of one try, far above the time of a table: a hanging task must not block other writers of the lake for days.
TIMEOUT_SECONDS = 4 * 3600

#: Retries of a failed task outside of Dagster, and the seconds before each.
RETRIES = 1
RETRY_SECONDS = 60
