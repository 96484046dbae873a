"""Steps of Dagster that are done as runs on Databricks.

`worker` does a step by `client`, a Pipes client of dagster_databricks; `workspace` is its resource and what it asks.
The task there is told what to do and reports by Dagster Pipes: `messages` is Dagster's end, `reporting` the task's,
which loads no Dagster. Each override of the package says what fault it mends.
"""
