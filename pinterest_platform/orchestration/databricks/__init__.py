"""Executes Dagster steps as runs on Databricks.

`worker` executes a step through `client`, a Pipes client of dagster_databricks. `workspace` is the resource and its
API client. The task on Databricks gets its instructions and reports its result through Dagster Pipes. `messages` is
Dagster's end of the pipe. `reporting` is the task's end, which does not load Dagster. Each override of
dagster_databricks names the fault that it fixes.
"""
