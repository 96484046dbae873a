"""The command refresh: one table's task by itself, without Dagster; what a task on ECS, Databricks or Airflow runs."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_platform.cli.output import console

if TYPE_CHECKING:
    from pinterest_platform.catalog import Catalog
    from pinterest_platform.domain import Domain
    from pinterest_platform.settings import Settings
    from pinterest_platform.tasks.result import TaskResult


def refresh(
    table: Annotated[str, typer.Argument(help="Address of a table, as cleaned/pin.")],
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="A raw table anew from the landing zone, another from its upstreams.")
    ] = False,
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="A setting, as lake=s3://bucket/lake; goes before the environment."
        ),
    ] = None,
    pipes_context: Annotated[str, typer.Option("--dagster-pipes-context", hidden=True)] = "",
    pipes_messages: Annotated[str, typer.Option("--dagster-pipes-messages", hidden=True)] = "",
) -> None:
    """Bring one table up to date and judge its checks, in this process. What it is made of is left alone.

    Exit status 1 when a check blocks. Doing it again does nothing more. No run is recorded: for that, see `run`.

    Examples: `pinterest-platform refresh raw/pin`, `pinterest-platform refresh cleaned/pin --set engine=spark`
    """
    from pinterest_platform.catalog import Catalog
    from pinterest_platform.domain import publications
    from pinterest_platform.pseudonym_secret import pseudonyms_of
    from pinterest_platform.report.publish import ADDRESS as REPORT

    settings, domain = _told(values or [])
    catalog = Catalog.load(domain, pseudonyms_of(settings))
    known = (*catalog.addresses, REPORT, *publications(settings, domain))
    if table not in known:
        hint = ". What is published is there once its place is set." if table.startswith("warehouse/") else ""
        raise typer.BadParameter(f"{table!r} is no table; there are {', '.join(known)}{hint}")
    if pipes_context:
        _refresh_for_dagster(settings, catalog, table, full_refresh, pipes_context, pipes_messages)
    elif not _refresh(settings, catalog, table, full_refresh):
        raise typer.Exit(1)


def _told(values: list[str]) -> tuple[Settings, Domain]:
    """The settings and the domain; variables of the domain's own are set in the environment of this process."""
    import os

    from pinterest_platform.domains import load, variables
    from pinterest_platform.settings import Settings
    from pinterest_platform.tasks.databricks import read_secrets

    pairs = {name: (equals, value) for name, equals, value in (text.partition("=") for text in values)}
    told = {name: value for name, (_, value) in pairs.items() if name in Settings.model_fields}
    settings, domain = load(**told)
    own = [variable.setting for variable in variables(domain) if not variable.secret]
    for name, (equals, value) in pairs.items():
        if not equals or name not in (*Settings.model_fields, *own):
            raise typer.BadParameter(
                f"--set {name}{equals}: give NAME=VALUE; names are {', '.join([*Settings.model_fields, *own])}"
            )
        if name in own and value:
            os.environ[name.upper()] = value
    return load(**told) if read_secrets(settings, domain) else (settings, domain)


def _refresh(settings: Settings, catalog: Catalog, table: str, anew: bool) -> bool:
    """Whether nothing that blocks is violated."""
    import logging

    from pinterest_platform.engines import build_engine
    from pinterest_platform.tasks.run import run_task

    with closing(build_engine(settings, catalog)) as engine:
        done = run_task(engine, catalog, settings, table, anew=anew, passed_at="", log=logging.getLogger(__name__))
    _print(done)
    return not done.blocked


def _print(done: TaskResult) -> None:
    from rich.markup import escape

    names = ("version", "outcome", "rows_added", "rows_rejected", "columns_added", "source")
    shown = {name: done.figures[name] for name in names if name in done.figures}
    details = "".join(f", {name.replace('_', ' ')} {value}" for name, value in shown.items())
    rows = done.figures["location"] if done.rows is None else f"{done.rows:,} rows"
    console().print(f"{done.address}: {rows}{details}", soft_wrap=True)
    for check in done.checks:
        if not check.passed:
            severity = "ERROR" if check.blocking else "WARN"
            console().print(f"  {severity} {check.name}: {escape(check.violated)}", soft_wrap=True)


def _refresh_for_dagster(
    settings: Settings, catalog: Catalog, table: str, anew: bool, context: str, messages: str
) -> None:
    """The same, told by Dagster's end of Pipes what is known and reporting to it. A violated check is no failure here:
    what it blocks is Dagster's to say."""
    from pinterest_platform.engines import build_engine
    from pinterest_platform.orchestration.databricks.reporting import PASSED_AT, report, reporting
    from pinterest_platform.tasks.run import run_task

    with reporting(context, messages) as end, closing(build_engine(settings, catalog)) as engine:
        passed_at = end.get_extra(PASSED_AT)
        report(end, run_task(engine, catalog, settings, table, anew=anew, passed_at=passed_at, log=end.log))
