"""A table's task: bring the table up to date, evaluate its checks, and report the result. A step of Dagster, a task of
Airflow or Databricks, and the command `refresh` all run the same task.

- `run` does the work, and `result` defines what it returns.
- `checks` and `raw_checks` evaluate checks.
- `figures` builds the metrics to show.
- `policy` defines when and how often tasks run.
- `databricks` defines how a job there calls a task.

This package does not know Dagster: `orchestration` translates.
"""
