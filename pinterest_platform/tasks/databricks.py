"""How a job on Databricks calls a table's task: as a wheel task on serverless compute. This module calls no API.

The runs that Dagster submits and the job that `exports` writes use the same parts. Serverless compute has no
environment variables, so settings are passed as parameters. Parameters are visible, so a task reads secrets from the
secret scope in its settings: those of its domain, and the pseudonym secret.
"""

from __future__ import annotations

import importlib.metadata
import os
from collections.abc import Mapping
from typing import Any

from packaging.requirements import Requirement

from pinterest_platform.addresses import task_key
from pinterest_platform.domain import Domain
from pinterest_platform.domains import given_variables, variables
from pinterest_platform.settings import DEFAULT_DOMAIN, Settings, SettingsError
from pinterest_platform.tasks.policy import TIMEOUT_SECONDS

ENVIRONMENT = "default"

#: The program in the wheel, as a wheel task names it.
PROGRAM = {"package_name": "pinterest_platform", "entry_point": "pinterest-platform"}

#: The platform's own secret that a task needs.
_PSEUDONYMS = "PINTEREST_PSEUDONYM_SECRET"

#: Serverless environment with Python 3.12 and Databricks Connect 17.
_ENVIRONMENT_VERSION = "4"


def environment(wheel: str, domain: Domain) -> dict[str, Any]:
    """The environment of every task, in the form of the Jobs API: the wheel, and packages to read S3 and the domain's
    sources."""
    needed = set()
    for requirement in map(Requirement, importlib.metadata.requires("pinterest-platform") or []):
        marker = requirement.marker
        in_extras = marker and any(marker.evaluate({"extra": extra}) for extra in ("aws", *domain.extras))
        if marker and in_extras and not marker.evaluate({"extra": ""}):
            extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
            needed.add(f"{requirement.name}{extras}{requirement.specifier}")
    return {
        "environment_key": ENVIRONMENT,
        "spec": {"environment_version": _ENVIRONMENT_VERSION, "dependencies": [wheel, *sorted(needed)]},
    }


def settings_of(settings: Settings, domain: Domain) -> dict[str, str]:
    """Settings for tasks on Databricks, by name: the locations of sources and tables, and the engine. Contains no
    secrets."""
    given = given_variables(domain)
    plain = [variable for variable in variables(domain) if variable.name in given and not variable.secret]
    own = {variable.setting: given[variable.name] for variable in plain}
    return {
        **({} if settings.domain == DEFAULT_DOMAIN else {"domain": settings.domain}),
        "landing": settings.landing_root,
        **_landing_folders(settings),
        "lake": settings.lake_root,
        "topic_prefix": settings.topic_prefix,
        "engine": settings.engine,
        "unity_catalog": settings.unity_catalog,
        "memory_limit": settings.memory_limit,
        **_pseudonyms(settings),
        **({"databricks_secrets": settings.databricks_secrets} if settings.databricks_secrets else {}),
        **own,
        **settings.databricks_set,
    }


def untold(settings: Settings, domain: Domain) -> list[str]:
    """Names of secret variables that are set here but do not reach a task on Databricks."""
    if settings.databricks_secrets:
        return []
    given = given_variables(domain)
    own = [variable.name for variable in variables(domain) if variable.name in given and variable.secret]
    return [*own, *[_PSEUDONYMS] * bool(settings.pseudonym_secret)]


def read_secrets(settings: Settings, domain: Domain) -> bool:
    """Within a task: set the variables whose secrets are in the scope, and return whether there were any.

    Raises:
        SettingsError: the scope cannot be read.
    """
    secrets = [*(variable.name for variable in variables(domain) if variable.secret), _PSEUDONYMS]
    wanted = [name for name in secrets if name not in os.environ]
    if not settings.databricks_secrets or not wanted:
        return False
    from databricks.sdk import WorkspaceClient

    scope = settings.databricks_secrets
    try:
        utilities = WorkspaceClient().dbutils.secrets
        there = {secret.key for secret in utilities.list(scope)}
        os.environ.update(found := {name: utilities.get(scope, name) for name in wanted if name in there})
    except Exception as error:  # The runtime's client raises its own errors and Java's.
        raise SettingsError(
            f"secret scope {scope!r} cannot be read: {error}. Set PINTEREST_DATABRICKS_SECRETS to a scope that the "
            f"task can read, with those of {', '.join(wanted)} that it needs."
        ) from error
    return bool(found)


def _pseudonyms(settings: Settings) -> dict[str, str]:
    """A task's settings of pseudonyms: whether they are required, and the name of the secret, if it has one."""
    name = settings.pseudonym_secret_name
    required = name or settings.pseudonym_secret or settings.pseudonyms_required
    return {
        **({"pseudonym_secret_name": name} if name else {}),
        **({"pseudonyms_required": "true"} if required else {}),
    }


def _landing_folders(settings: Settings) -> dict[str, str]:
    """The settings of the landing zone's folders that differ from the defaults."""
    told = {"landing_layout": settings.landing_layout, "landing_topics_dir": settings.landing_topics_dir or "."}
    return {name: value for name, value in told.items() if value != Settings.model_fields[name].default}


def task(address: str, settings: Mapping[str, str], *options: str) -> dict[str, Any]:
    """The task of a table, in the form of the Jobs API. `settings` are by name, `options` are more parameters."""
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
