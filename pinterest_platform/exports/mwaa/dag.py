"""Writes the DAG's file and what lies beside it in the bucket, from the catalog.

What differs by target is in `targets.py`, what is the same in `dag.py.txt`; here is what is read from the graph.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from importlib.resources import files as package_files
from string import Template
from textwrap import indent
from typing import Any, Literal

from pinterest_platform.addresses import layer
from pinterest_platform.airflow.kept_tables import airflow_tables, steps_before
from pinterest_platform.catalog import Catalog, Model
from pinterest_platform.domain import Domain, Publication, publications
from pinterest_platform.domains import variables
from pinterest_platform.exports.mwaa.targets import TARGETS, AirflowVersion, TargetName
from pinterest_platform.settings import DEFAULT_DOMAIN, Settings
from pinterest_platform.tasks.policy import DAILY, OWNER, RETRIES, RETRY_SECONDS, TIMEOUT_SECONDS
from pinterest_platform.tasks.publishing import EQUAL

Granularity = Literal["table", "layer"]

#: Where MWAA has the bucket's folder `dags`.
_DAGS_FOLDER = "/usr/local/airflow/dags"

_TABLES = """\
for address, table in TABLES.items():
    tasks[address] = work(
        address, task_id=address.replace("/", "__"), owner=table["owner"], doc_md=docs(table)
    )
    for upstream in table["after"]:
        tasks[upstream] >> tasks[address]
"""

_LAYERS = """\
groups = {layer: TaskGroup(layer, prefix_group_id=False) for layer in LAYERS}
for address, table in TABLES.items():
    with groups[address.partition("/")[0]]:
        tasks[address] = work(
            address, task_id=address.replace("/", "__"), owner=table["owner"], doc_md=docs(table)
        )
    for upstream in table["after"]:
        tasks[upstream] >> tasks[address]
for layer, before in LAYERS.items():
    for upstream in before:
        groups[upstream] >> groups[layer]
"""


def files(
    catalog: Catalog, settings: Settings, *, target: TargetName, granularity: Granularity, airflow: AirflowVersion
) -> dict[str, str]:
    """Texts of what MWAA's bucket needs, by their paths. Of the settings only the topic prefix, the tables that
    have moved to Dagster, and whether there is a place for a publication count.

    Raises:
        SettingsError: as `airflow_tables`.
    """
    constraints = f"constraints-{airflow}.txt"
    return {
        f"dags/{settings.airflow_dag}.py": _dag(catalog, settings, target, granularity),
        f"dags/{constraints}": _packaged(constraints),
        "requirements.txt": _requirements(target, constraints),
        "README.md": _readme(catalog.domain, settings, target, airflow),
    }


def _packaged(name: str) -> str:
    return (package_files(__package__) / name).read_text(encoding="utf-8")


def _requirements(target: TargetName, constraints: str) -> str:
    package = TARGETS[target].package
    lines = [f'--constraint "{_DAGS_FOLDER}/{constraints}"', *([package] if package else [])]
    return "".join(f"{line}\n" for line in lines)


def _readme(domain: Domain, settings: Settings, target: TargetName, airflow: AirflowVersion) -> str:
    setup = Template(TARGETS[target].setup).substitute(prefix=settings.airflow_prefix)
    return (
        f"Made by `pinterest-platform export mwaa` for Airflow {airflow}; the DAG itself runs on 2.10 and on 3.\n"
        "`aws s3 cp --recursive . s3://BUCKET/` puts it where MWAA's environment reads `dags` and `requirements.txt`.\n"
        f"Set in Airflow: {setup}.\n"
        f"{_own_variables(domain, target)}"
    )


def _own_variables(domain: Domain, target: TargetName) -> str:
    """Where a task finds what its domain has variables of its own for; nothing where it has none."""
    own = variables(domain)
    if not own:
        return ""
    plain, secret = (", ".join(f"`{v.name}`" for v in own if v.secret is kind) for kind in (False, True))
    return (
        f"{TARGETS[target].own_variables}, as far as they are not the defaults: {plain}; and, as secrets, {secret}.\n"
    )


def _dag(catalog: Catalog, settings: Settings, target: TargetName, granularity: Granularity) -> str:
    chosen = TARGETS[target]
    by_layer = granularity == "layer"
    names = ["DAG", "TaskGroup"] if by_layer else ["DAG"]
    airflow_2 = ["from airflow import DAG", *(["from airflow.utils.task_group import TaskGroup"] if by_layer else [])]
    standard = ["import hashlib"] if "hashlib" in chosen.functions else []
    poll = "#: How often a task that waits looks whether its work is done.\nPOLL_SECONDS = 10\n"
    tables = _tables(catalog, settings, by_layer)
    layers = _layers(steps_before(catalog, settings), tables)
    other = "" if catalog.domain.reference == DEFAULT_DOMAIN else catalog.domain.reference
    parts = {
        "standard_imports": "\n".join([*standard, "from datetime import datetime, timedelta, timezone"]),
        "imports": chosen.imports,
        "sdk_names": ", ".join(names),
        "airflow_2_imports": indent("\n".join(airflow_2), "    "),
        "schedule": DAILY,
        "retries": RETRIES,
        "retry_seconds": RETRY_SECONDS,
        "timeout_seconds": TIMEOUT_SECONDS,
        "constants": poll if chosen.polls else "",
        "tables": _literal(tables),
        "layers": f"\n#: Each layer after those it is made of.\nLAYERS = {_literal(layers)}\n" if by_layer else "",
        "functions": Template(chosen.functions).substitute(
            prefix=settings.airflow_prefix,
            topic_prefix=settings.topic_prefix,
            domain_option=f', "--set=domain={other}"' if other else "",
            domain_variable=f'\n            "PINTEREST_DOMAIN": "{other}",' if other else "",
        ),
        "setup": Template(chosen.setup).substitute(prefix=settings.airflow_prefix),
        "dag_id": settings.airflow_dag,
        "dag_options": f"\n    {chosen.dag_options}," if chosen.dag_options else "",
        "wiring": indent(_LAYERS if by_layer else _TABLES, "    ").rstrip(),
    }
    return Template(_packaged("dag.py.txt")).substitute(parts)


def _tables(catalog: Catalog, settings: Settings, by_layer: bool) -> dict[str, Any]:
    """What the DAG says of each table; by layers a table comes after those of its own only, the others being done."""
    tables, published = {}, publications(settings, catalog.domain)
    for address in airflow_tables(catalog, settings):
        if address in published:
            tables[address] = _published(published[address], by_layer)
            continue
        table = catalog.table(address)
        before = catalog.steps_before(address)
        tables[address] = {
            "after": [name for name in before if not by_layer or layer(name) == table.layer],
            "owner": table.owner if isinstance(table, Model) else OWNER,
            "description": table.description,
            "columns": {column.name: f"{column.type}. {column.description}" for column in table.columns},
            "checks": [check.name for check in table.checks if check.blocking],
        }
    return tables


def _published(publication: Publication, by_layer: bool) -> dict[str, Any]:
    """The same of a publication, which is alone in its layer or among its like."""
    return {
        "after": [] if by_layer else [*publication.upstreams],
        "owner": OWNER,
        "description": publication.description,
        "columns": {},
        "checks": [EQUAL.name],
    }


def _layers(before_each: Mapping[str, Iterable[str]], tables: Iterable[str]) -> dict[str, list[str]]:
    """Each layer after those its tables are made of."""
    before: dict[str, list[str]] = {}
    for address in tables:
        others = [layer(name) for name in before_each[address] if layer(name) != layer(address)]
        before[layer(address)] = list(dict.fromkeys([*before.get(layer(address), []), *others]))
    return before


def _literal(value: Any, margin: str = "") -> str:
    """Source code of dicts, lists and texts, an entry of a dict a line."""
    if isinstance(value, dict):
        inner = margin + "    "
        lines = [f"{inner}{_literal(name)}: {_literal(entry, inner)},\n" for name, entry in value.items()]
        return f"{{\n{''.join(lines)}{margin}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return json.dumps(value, ensure_ascii=False)
