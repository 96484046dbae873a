"""Commands that run the graph: run, in this process, dev, with Dagster's UI, and home, for Dagster's own commands."""

from __future__ import annotations

import gc
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_platform.cli.output import console

if TYPE_CHECKING:
    from pinterest_platform.domain import Domain
    from pinterest_platform.settings import Settings


class FullRefreshOption(StrEnum):
    """What is computed anew."""

    no = "no"
    raw = "raw"
    landing = "landing"


def run(
    select: Annotated[
        list[str] | None,
        typer.Option(
            help="A table (`analytics/users_joined_by_year`), with `+` before it also all it needs, or a layer."
        ),
    ] = None,
    full_refresh: Annotated[
        FullRefreshOption,
        typer.Option(help="`raw`: cleaned and analytic tables anew from raw; `landing`: raw anew from landing too."),
    ] = FullRefreshOption.no,
    as_of: Annotated[
        str | None,
        typer.Option(
            help="Copy the selected tables as they were at a version or time; the current ones are left alone."
        ),
    ] = None,
) -> None:
    """Ingest what has landed and refresh every table, or those selected, in this process.

    Exit status 1 when a step fails or a check blocks. The UI shows the run.

    Examples: `pinterest-platform run`, `pinterest-platform run --select +analytics/top_user_by_country`,
    `pinterest-platform run --select analytics/users_joined_by_year --as-of 2026-11-20T08:00:00`
    """
    from pinterest_platform.domains import load

    if as_of is not None and full_refresh is not FullRefreshOption.no:
        raise typer.BadParameter("--as-of leaves tables alone, --full-refresh makes them anew; give one of them")
    if not execute(*load(), select or [], full_refresh=full_refresh.value, as_of=as_of):
        raise typer.Exit(1)


def execute(
    settings: Settings, domain: Domain, select: list[str], *, full_refresh: str = "no", as_of: str | None = None
) -> bool:
    """Run the graph in this process with a line of output a table; whether all of it succeeded."""
    # A graph is many small objects that stay; looking through them for garbage takes a tenth of a run.
    gc.set_threshold(200_000, 50, 100)
    with console().status("loading the graph"):
        from pinterest_platform.cli.progress import RunPrinter
        from pinterest_platform.orchestration.execution import Run
        from pinterest_platform.orchestration.selection import SelectionError

        try:
            graph_run = Run(settings, domain, select, full_refresh=full_refresh, as_of=as_of)
        except SelectionError as error:
            raise typer.BadParameter(str(error)) from None
    with RunPrinter(console()) as printer:
        succeeded = graph_run.execute(printer)
    printer.summarize()
    if as_of is None:
        _tell_what_is_unread(settings, domain)
    return succeeded and not printer.blocked


def _tell_what_is_unread(settings: Settings, domain: Domain) -> None:
    """Say why topics have nothing to read; a run of them adds no rows, and says no more. Of a source that is read whole
    its own step says what became of it."""
    from contextlib import suppress

    from rich.markup import escape

    from pinterest_platform.landing.store import LandingError
    from pinterest_platform.landing.survey import survey

    # Where the landing zone cannot be listed, a step has failed and said so.
    with suppress(LandingError):
        topics = [settings.topic(record) for record in domain.records if record not in domain.read_whole(settings)]
        if topics and (said := survey(settings, topics).problem):
            console().print(f"[yellow]look[/]  landing: {escape(said)}", soft_wrap=True)


def dev(
    port: Annotated[int, typer.Option(help="Port of the UI.")] = 3000,
    host: Annotated[str, typer.Option(help="Address the UI listens on.")] = "127.0.0.1",
) -> None:
    """Open Dagster's UI, with the sensors and the schedules running, until Ctrl-C.

    It shows both domains of this package, or the one that PINTEREST_DOMAIN names.

    Example: `pinterest-platform dev --port 3001`
    """
    import os
    import signal
    import sys

    from pinterest_platform.domains import load
    from pinterest_platform.orchestration.dead_runs import end_dead_runs
    from pinterest_platform.orchestration.home import WORKSPACE, open_instance, prepare
    from pinterest_platform.orchestration.old_runs import MOST_IN_PASSING, delete_old_runs
    from pinterest_platform.settings import DEFAULT_DOMAIN

    settings, _ = load()
    home = prepare(settings)
    # Makes the databases of a new home before several processes of the UI would, all at once.
    with open_instance(settings) as instance:
        for told in end_dead_runs(instance):
            console().print(told, soft_wrap=True, markup=False)
        delete_old_runs(instance, most=MOST_IN_PASSING)
    console().print(f"Dagster's UI comes up at http://{host}:{port} in some 15 s; its home is {home}")
    # A shell starts background jobs with interrupts ignored; the UI's own processes would inherit that and never stop.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    shown = ["-w", str(WORKSPACE)] if settings.domain == DEFAULT_DOMAIN else ["-m", "pinterest_platform.definitions"]
    arguments = [sys.executable, "-m", "dagster", "dev", *shown, "-h", host, "-p", str(port)]
    os.execve(sys.executable, arguments, {**os.environ, "DAGSTER_HOME": str(home)})


def home() -> None:
    """Print the folder of Dagster's home, made if it is not there: for Dagster's own commands.

    Example: `export DAGSTER_HOME=$(pinterest-platform home)`, then `dg launch --assets "*"`
    """
    from pinterest_platform.domains import load
    from pinterest_platform.orchestration.home import open_instance

    settings, _ = load()
    # Makes its databases too: several processes that do it at once spoil them.
    with open_instance(settings):
        print(settings.dagster_home)
