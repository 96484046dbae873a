"""The graph as a Databricks bundle: a job with a task a table, daily, and one that reads the streams all the time; and
what they need of Unity Catalog, in SQL. Deploying and running these is the business of Databricks' own tools.

Who may see and change the job, and where it is deployed to, stands in files of the user's own, which the bundle
includes and an export leaves alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from pinterest_platform.addresses import task_key
from pinterest_platform.catalog import Catalog
from pinterest_platform.domain import Publication
from pinterest_platform.domains import variables
from pinterest_platform.exports import unity_catalog
from pinterest_platform.settings import DEFAULT_DOMAIN, Settings
from pinterest_platform.tasks import databricks
from pinterest_platform.tasks.policy import DAILY, RETRIES, RETRY_SECONDS

_HEADER = (
    "# Made by `pinterest-platform export databricks`, which overwrites it; what is yours belongs into own/*.yml.\n"
)

#: Where the user puts the wheel; the Databricks CLI uploads it.
_WHEEL = "./dist/*.whl"

#: Settings that are variables of the bundle, with their defaults there; None: they must be given.
_VARIABLES: dict[str, str | None] = {
    "landing": None,
    "lake": None,
    "topic_prefix": Settings.model_fields["topic_prefix"].default,
    "engine": "databricks",
    "unity_catalog": "",
    "pseudonym_secret_name": "",
    "pseudonyms_required": "false",
    "databricks_secrets": "",
}
#: The same of the job that reads streams.
_STREAM_VARIABLES = (
    "lake",
    "topic_prefix",
    "engine",
    "unity_catalog",
    "kinesis_endpoint",
    "pseudonym_secret_name",
    "pseudonyms_required",
)

#: Variables of the cluster that reads streams, which are no settings: what they are, with their defaults.
_CLUSTER_VARIABLES = {
    "instance_profile": ("Instance profile that may read the Kinesis streams and write the lake.", ""),
    "node_type": ("Kind of node for streams, which one node reads.", "m6gd.large"),
}
#: Databricks Runtime with long-term support that has Spark 4.0 and Python 3.12.
_RUNTIME = "17.3.x-scala2.13"


def files(catalog: Catalog, published: Sequence[Publication] = ()) -> dict[str, str]:
    """Texts of the bundle's files by their paths; `published` is done after the tables that it shows."""
    text = yaml.dump(_bundle(catalog, published), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120)
    return {
        "databricks.yml": _HEADER + text,
        "unity_catalog.sql": unity_catalog.statements(catalog),
        "unity_catalog_readers.sql": unity_catalog.readers(catalog),
    }


def _name(catalog: Catalog) -> str:
    """Of the bundle, and what its jobs' names begin with: those of several domains are beside one another."""
    domain = catalog.domain
    return "pinterest-platform" if domain.reference == DEFAULT_DOMAIN else f"pinterest-platform-{domain.name}"


def _variables(catalog: Catalog) -> dict[str, str | None]:
    """Settings of each task. Those that are the domain's own need not be given, and its secrets stay in their scope."""
    reference, own = catalog.domain.reference, variables(catalog.domain)
    told = _VARIABLES if reference == DEFAULT_DOMAIN else {"domain": reference, **_VARIABLES}
    return {**told, **{variable.setting: "" for variable in own if not variable.secret}}


def _bundle(catalog: Catalog, published: Sequence[Publication]) -> dict[str, Any]:
    jobs, of_streams = {"refresh_all": _job(catalog, published)}, {}
    if catalog.domain.streams:
        jobs["stream"] = _stream_job(catalog)
        of_streams = {
            "kinesis_endpoint": _variable("kinesis_endpoint", ""),
            **{name: {"description": what, "default": value} for name, (what, value) in _CLUSTER_VARIABLES.items()},
        }
    own = {variable.setting: variable.description for variable in variables(catalog.domain)}
    return {
        "bundle": {"name": _name(catalog)},
        "include": ["own/*.yml"],
        "variables": {
            **{name: _variable(name, default, own.get(name)) for name, default in _variables(catalog).items()},
            **of_streams,
        },
        "resources": {"jobs": jobs},
        "targets": {
            # This mode pauses schedules, unless the job itself says otherwise.
            "dev": {"mode": "development", "default": True},
            "prod": {"mode": "production", "presets": {"trigger_pause_status": "UNPAUSED"}},
        },
    }


def _variable(name: str, default: str | None, about: str | None = None) -> dict[str, str]:
    """A variable of the bundle; `about` is the description of one that is no setting of the platform's."""
    description, _, _ = str(about or Settings.model_fields[name].description).partition(" Default:")
    variable = {"description": description}
    return variable if default is None else {**variable, "default": default}


def _job(catalog: Catalog, published: Sequence[Publication]) -> dict[str, Any]:
    return {
        "name": f"{_name(catalog)} refresh_all",
        "description": "Ingest what has landed and refresh every table.",
        "schedule": {"quartz_cron_expression": quartz(DAILY), "timezone_id": "UTC"},
        "max_concurrent_runs": 1,
        "queue": {"enabled": True},
        "tasks": [
            *(_task(a, catalog.steps_before(a), catalog.table(a).description, catalog) for a in catalog.addresses),
            *(_task(one.address, one.upstreams, one.description, catalog) for one in published),
        ],
        "environments": [databricks.environment(_WHEEL, catalog.domain)],
    }


def _task(address: str, upstreams: Sequence[str], description: str, catalog: Catalog) -> dict[str, Any]:
    task = databricks.task(address, {name: f"${{var.{name}}}" for name in _variables(catalog)})
    if upstreams:
        task["depends_on"] = [{"task_key": task_key(upstream)} for upstream in upstreams]
    return {
        **task,
        "description": description,
        "max_retries": RETRIES,
        "min_retry_interval_millis": RETRY_SECONDS * 1000,
        "retry_on_timeout": False,
        # Without it serverless compute retries by rules of its own.
        "disable_auto_optimization": True,
    }


def _stream_job(catalog: Catalog) -> dict[str, Any]:
    """On a cluster of its own: serverless compute ends a query that goes on, and has no instance profile."""
    wheel, *needed = databricks.environment(_WHEEL, catalog.domain)["spec"]["dependencies"]
    names = [*(["domain"] if "domain" in _variables(catalog) else []), *_STREAM_VARIABLES]
    cluster = {
        "spark_version": _RUNTIME,
        "node_type_id": "${var.node_type}",
        "num_workers": 0,
        "spark_conf": {"spark.master": "local[*]", "spark.databricks.cluster.profile": "singleNode"},
        "custom_tags": {"ResourceClass": "SingleNode"},
        "data_security_mode": "SINGLE_USER",
        "aws_attributes": {"instance_profile_arn": "${var.instance_profile}"},
        "spark_env_vars": {
            **{f"PINTEREST_{name.upper()}": f"${{var.{name}}}" for name in names},
            "PINTEREST_DATA": "/local_disk0/pinterest",
        },
    }
    return {
        "name": f"{_name(catalog)} stream",
        "description": "Read the streams into their tables, all the time.",
        "continuous": {},
        "max_concurrent_runs": 1,
        "tasks": [
            {
                "task_key": "stream",
                "job_cluster_key": "stream",
                "python_wheel_task": {**databricks.PROGRAM, "parameters": ["stream"]},
                "libraries": [{"whl": wheel}, *({"pypi": {"package": package}} for package in needed)],
            }
        ],
        "job_clusters": [{"job_cluster_key": "stream", "new_cluster": cluster}],
    }


def quartz(cron: str) -> str:
    """A cron expression of five fields as Quartz has it: seconds first, and one of the two kinds of days left open.

    Raises:
        ValueError: it names days of the week, which Quartz numbers otherwise.
    """
    minute, hour, day, month, weekday = cron.split()
    if weekday != "*":
        raise ValueError(f"{cron!r} names days of the week; only those with '*' there can be written for Quartz")
    return f"0 {minute} {hour} {day} {month} ?"


class _Plain(yaml.SafeDumper):
    """Writes what occurs twice twice."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True
