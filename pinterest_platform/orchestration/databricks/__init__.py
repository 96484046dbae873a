"""Steps of Dagster that are done as runs on Databricks.

`worker` does a step, `runs` submits and follows a run, `workspace` opens the workspace. The task there is told what to
do and reports by Dagster Pipes: `pipes` is Dagster's end, `reporting` the task's, which loads no Dagster.
"""
