"""Commands that run the graph: run in this process, dev with Dagster's UI, and home for Dagster's own commands."""

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
    """Where a full refresh starts."""

    no = "no"
    raw = "raw"
    landing = "landing"


def run(
    select: Annotated[
        list[str] | None,
        typer.Option(
            help="A table (`analytics/users_joined_by_year`) or a layer. `+` before a table adds everything upstream."
        ),
    ] = None,
    full_refresh: Annotated[
        FullRefreshOption,
        typer.Option(
            help="`raw`: rebuild cleaned and analytic tables from raw. `landing`: rebuild raw from the landing zone "
            "first."
        ),
    ] = FullRefreshOption.no,
    as_of: Annotated[
        str | None,
        typer.Option(help="Copy the selected tables as of a version or time. The current tables stay as they are."),
    ] = None,
) -> None:
    """Ingest the landed records and refresh all tables, or the selected ones, in this process.

    Exit status 1 if a step fails or a check blocks. Dagster's UI shows the run.

    Examples: `pinterest-platform run`, `pinterest-platform run --select +analytics/top_user_by_country`,
    `pinterest-platform run --select analytics/users_joined_by_year --as-of 2026-11-20T08:00:00`
    """
    from pinterest_platform.domains import load

    if as_of is not None and full_refresh is not FullRefreshOption.no:
        raise typer.BadParameter(
            "--as-of leaves tables as they are, --full-refresh rebuilds them: give only one of them"
        )
    if not execute(*load(), select or [], full_refresh=full_refresh.value, as_of=as_of):
        raise typer.Exit(1)


def execute(
    settings: Settings, domain: Domain, select: list[str], *, full_refresh: str = "no", as_of: str | None = None
) -> bool:
    """Run the graph in this process, with a line of output per table. Returns whether everything succeeded."""
    # A graph is many long-lived small objects. Scanning them for garbage takes a tenth of a run.
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
        _warn_about_unread_topics(settings, domain)
    return succeeded and not printer.blocked


def _warn_about_unread_topics(settings: Settings, domain: Domain) -> None:
    """Say why topics have nothing to read: the run itself only reports that it added no rows. The step of a snapshot
    source reports its own result."""
    from contextlib import suppress

    from rich.markup import escape

    from pinterest_platform.landing.store import LandingError
    from pinterest_platform.landing.survey import survey

    # If the landing zone cannot be listed, a step has failed and reported it.
    with suppress(LandingError):
        topics = [settings.topic(record) for record in domain.records if record not in domain.read_whole(settings)]
        if topics and (said := survey(settings, topics).problem):
            console().print(f"[yellow]warn[/]  landing: {escape(said)}", soft_wrap=True)


def dev(
    port: Annotated[int, typer.Option(help="Port of the UI.")] = 3000,
    host: Annotated[str, typer.Option(help="Address that the UI listens on.")] = "127.0.0.1",
) -> None:
    """Serve Dagster's UI and run the sensors and schedules, until Ctrl-C.

    The UI shows both domains of this package, or the one that PINTEREST_DOMAIN names.

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
    # Creates the databases of a new home before several processes of the UI do so at once.
    with open_instance(settings) as instance:
        for told in end_dead_runs(instance):
            console().print(told, soft_wrap=True, markup=False)
        delete_old_runs(instance, most=MOST_IN_PASSING)
    console().print(f"Dagster's UI starts at http://{host}:{port} in about 15 s. DAGSTER_HOME is {home}.")
    # A shell starts background jobs with interrupts ignored. The UI's processes would inherit this and never stop.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    shown = ["-w", str(WORKSPACE)] if settings.domain == DEFAULT_DOMAIN else ["-m", "pinterest_platform.definitions"]
    arguments = [sys.executable, "-m", "dagster", "dev", *shown, "-h", host, "-p", str(port)]
    os.execve(sys.executable, arguments, {**os.environ, "DAGSTER_HOME": str(home)})


def home() -> None:
    """Print Dagster's home, for Dagster's own commands. The folder is created if it does not exist.

    Example: `export DAGSTER_HOME=$(pinterest-platform home)`, then `dg launch --assets "*"`
    """
    from pinterest_platform.domains import load
    from pinterest_platform.orchestration.home import open_instance

    settings, _ = load()
    # Creates its databases too: several processes that do so at once corrupt them.
    with open_instance(settings):
        print(settings.dagster_home)
