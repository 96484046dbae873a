"""When tasks run, how often they are tried, how long they may take, and who owns a table that names nobody. The same
wherever tasks run.
"""

from __future__ import annotations

OWNER = "team:data-platform"

#: When every table is refreshed, as cron, in UTC.
DAILY = "0 2 * * *"

#: Of one try of a task, far above what a table takes: one that hangs must not keep other writers of the lake waiting
#: for days.
TIMEOUT_SECONDS = 4 * 3600

#: Outside of Dagster, a task that failed is tried again so often, after so many seconds.
RETRIES = 1
RETRY_SECONDS = 60
