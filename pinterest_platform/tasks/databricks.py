"""How a job on Databricks calls a table's task: a wheel task, on serverless compute. Nothing is asked here.

The runs that Dagster submits and the job that `exports` writes are made of the same parts. Serverless compute has no
environment variables, so settings travel as parameters; secrets would be seen there, and none is needed.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from typing import Any

from packaging.requirements import Requirement

from pinterest_platform.addresses import task_key
from pinterest_platform.settings import DEFAULT_DOMAIN, Settings
from pinterest_platform.tasks.policy import TIMEOUT_SECONDS

ENVIRONMENT = "default"

#: The program in the wheel, as a wheel task names it.
PROGRAM = {"package_name": "pinterest_platform", "entry_point": "pinterest-platform"}

#: Serverless environment with Python 3.12 and Databricks Connect 17.
_ENVIRONMENT_VERSION = "4"


def environment(wheel: str) -> dict[str, Any]:
    """The environment of every task, as the Jobs API has it: the wheel, and what it needs to read S3."""
    extra = {"extra": "aws"}
    requirements = map(Requirement, importlib.metadata.requires("pinterest-platform") or [])
    needed = [
        f"{requirement.name}{requirement.specifier}"
        for requirement in requirements
        if requirement.marker and requirement.marker.evaluate(extra) and not requirement.marker.evaluate({"extra": ""})
    ]
    return {
        "environment_key": ENVIRONMENT,
        "spec": {"environment_version": _ENVIRONMENT_VERSION, "dependencies": [wheel, *sorted(needed)]},
    }


def settings_of(settings: Settings) -> dict[str, str]:
    """Settings by name that say where the tables are and what computes them, as they are to be on Databricks."""
    return {
        **({} if settings.domain == DEFAULT_DOMAIN else {"domain": settings.domain}),
        "landing": settings.landing_root,
        **_landing_folders(settings),
        "lake": settings.lake_root,
        "topic_prefix": settings.topic_prefix,
        "engine": settings.engine,
        "unity_catalog": settings.unity_catalog,
        "memory_limit": settings.memory_limit,
        **settings.databricks_set,
    }


def _landing_folders(settings: Settings) -> dict[str, str]:
    """The settings of the landing zone's folders that are not the defaults."""
    told = {"landing_layout": settings.landing_layout, "landing_topics_dir": settings.landing_topics_dir or "."}
    return {name: value for name, value in told.items() if value != Settings.model_fields[name].default}


def task(address: str, settings: Mapping[str, str], *options: str) -> dict[str, Any]:
    """The task that does a table's work, as the Jobs API has it; `settings` by name, `options` further parameters."""
    given = [f"--set={name}={value}" for name, value in settings.items()]
    return {
        "task_key": task_key(address),
        "environment_key": ENVIRONMENT,
        "timeout_seconds": TIMEOUT_SECONDS,
        "python_wheel_task": {
            **PROGRAM,
            "parameters": ["refresh", address, *given, *options],
        },
    }
