"""A table's task: bring it up to date, judge its checks, say what came of it. The same work in a step of Dagster, a
task of Airflow or Databricks, and the command `refresh`.

`run` does the work, `result` is what it gives, `checks` and `raw_checks` judge, `figures` says what there is to show,
`policy` when and how often tasks run, `databricks` how a job there calls one. No Dagster: `orchestration` translates.
"""
