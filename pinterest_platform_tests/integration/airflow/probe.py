"""Run by an Airflow's own Python: what it makes of each DAG file that is named, as JSON."""

from __future__ import annotations

import json
import runpy
import sys
import warnings
from datetime import UTC, datetime

import airflow  # noqa: F401 - what it warns of by itself is not the files' doing
from airflow.timetables.base import DataInterval, TimeRestriction


def probe(file: str) -> dict:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made = runpy.run_path(file)
    own = [w for w in caught if w.filename == file or "airflow" in (w.category.__module__ or "").lower()]
    tasks = made["tasks"]
    dag = next(iter(tasks.values())).dag
    return {
        "warnings": [str(w.message) for w in own],
        "dag": dag.dag_id,
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "docs": dag.doc_md,
        "groups": {
            name: sorted(group.children) for name, group in dag.task_group.get_task_group_dict().items() if name
        },
        "tasks": {
            task.task_id: {
                "after": sorted(task.upstream_task_ids),
                "owner": task.owner,
                "docs": task.doc_md,
                "retries": task.retries,
                "retry_delay": task.retry_delay.total_seconds(),
                "timeout": task.execution_timeout.total_seconds(),
                "deferrable": getattr(task, "deferrable", None),
            }
            for task in tasks.values()
        },
        "runs": [interval(dag, last) for last in (None, utc(2026, 3, 27), utc(2026, 3, 28), utc(2026, 3, 29))],
        "newest_run": interval(dag, utc(2026, 3, 1), catchup=False),
    }


def utc(*day: int) -> datetime:
    return datetime(*day, 2, tzinfo=UTC)


def interval(dag, last: datetime | None, catchup: bool = True) -> list[str]:
    """Data interval and time of the run after that whose interval began at `last`, were there catch-up."""
    before = DataInterval(last, last.replace(day=last.day + 1)) if last else None
    restriction = TimeRestriction(earliest=dag.start_date, latest=None, catchup=catchup)
    info = dag.timetable.next_dagrun_info(last_automated_data_interval=before, restriction=restriction)
    return [at.isoformat() for at in (info.data_interval.start, info.data_interval.end, info.run_after)]


print(json.dumps({file: probe(file) for file in sys.argv[1:]}))
