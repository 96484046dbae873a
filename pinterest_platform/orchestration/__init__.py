"""The platform in Dagster: tables as assets, their checks, and the jobs, schedules and sensors that start runs.

`build` assembles the definitions. The entry point and the tests use nothing else. An asset calls one verb of the engine
and reports the result. Decisions about landing, Delta and SQL are made in other packages.
"""
