"""The command refresh: runs one table's task without Dagster, as tasks on ECS, Databricks and Airflow do."""

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
    table: Annotated[str, typer.Argument(help="Address of a table, for example cleaned/pin.")],
    full_refresh: Annotated[
        bool,
        typer.Option("--full-refresh", help="Rebuild a raw table from the landing zone, any other from its upstreams."),
    ] = False,
    values: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="A setting, for example lake=s3://bucket/lake. Takes precedence over the environment.",
        ),
    ] = None,
    pipes_context: Annotated[str, typer.Option("--dagster-pipes-context", hidden=True)] = "",
    pipes_messages: Annotated[str, typer.Option("--dagster-pipes-messages", hidden=True)] = "",
) -> None:
    """Bring one table up to date and evaluate its checks, in this process. Its upstreams are left alone.

    Exit status 1 if a check blocks. Running it again changes nothing more. It records no run: for that, see `run`.

    Examples: `pinterest-platform refresh raw/pin`, `pinterest-platform refresh cleaned/pin --set engine=spark`
    """
    from pinterest_platform.catalog import Catalog
    from pinterest_platform.domain import publications
    from pinterest_platform.pseudonym_secret import pseudonyms_of
    from pinterest_platform.report.publish import ADDRESS as REPORT

    settings, domain = _settings_and_domain(values or [])
    catalog = Catalog.load(domain, pseudonyms_of(settings))
    known = (*catalog.addresses, REPORT, *publications(settings, domain))
    if table not in known:
        hint = ". A publication appears here once its destination is set." if table.startswith("warehouse/") else ""
        raise typer.BadParameter(f"unknown table {table!r}. Tables: {', '.join(known)}{hint}")
    if pipes_context:
        _refresh_for_dagster(settings, catalog, table, full_refresh, pipes_context, pipes_messages)
    elif not _refresh(settings, catalog, table, full_refresh):
        raise typer.Exit(1)


def _settings_and_domain(values: list[str]) -> tuple[Settings, Domain]:
    """Load the settings and the domain. Variables of the domain are set in the environment of this process."""
    import os

    from pinterest_platform.domains import load, variables
    from pinterest_platform.settings import Settings
    from pinterest_platform.tasks.databricks import read_secrets

    pairs = {name: (equals, value) for name, equals, value in (text.partition("=") for text in values)}
    overrides = {name: value for name, (_, value) in pairs.items() if name in Settings.model_fields}
    settings, domain = load(**overrides)
    own = [variable.setting for variable in variables(domain) if not variable.secret]
    for name, (equals, value) in pairs.items():
        if not equals or name not in (*Settings.model_fields, *own):
            raise typer.BadParameter(
                f"--set {name}{equals}: give NAME=VALUE. Names: {', '.join([*Settings.model_fields, *own])}"
            )
        if name in own and value:
            os.environ[name.upper()] = value
    return load(**overrides) if read_secrets(settings, domain) else (settings, domain)


def _refresh(settings: Settings, catalog: Catalog, table: str, anew: bool) -> bool:
    """Run the task and return whether no blocking check is violated."""
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
    """Run the task with the context of Dagster Pipes, and report the result to it. A violated check does not fail the
    task: Dagster decides what it blocks."""
    from pinterest_platform.engines import build_engine
    from pinterest_platform.orchestration.databricks.reporting import PASSED_AT, report, reporting
    from pinterest_platform.tasks.run import run_task

    with reporting(context, messages) as end, closing(build_engine(settings, catalog)) as engine:
        passed_at = end.get_extra(PASSED_AT)
        report(end, run_task(engine, catalog, settings, table, anew=anew, passed_at=passed_at, log=end.log))
