"""The command demo of the retail domain: everything from six generated sources to the nine answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from pinterest_platform.addresses import dotted
from pinterest_platform.cli.output import console
from pinterest_platform.cli.retail.source import Scale, Seed, fill_sources
from pinterest_platform.cli.steps import run_and_show, step

if TYPE_CHECKING:
    from pinterest_platform.catalog import Catalog
    from pinterest_platform.engines.contract import Engine


def demo(scale: Scale = 0.1, seed: Seed = 0) -> None:
    """Generate six sources with all their dirt, run the graph, show the nine answers and the rejected lines.

    Needs no server and no account. Running it again adds nothing: every step recognizes existing data.

    Example: `pinterest-platform --domain retail demo`
    """
    from rich.markup import escape

    from pinterest_platform.domains import load
    from pinterest_platform.retail.settings import given_settings
    from pinterest_platform.settings import SettingsError

    settings, domain = load()
    if given := given_settings():
        raise SettingsError(
            f"{', '.join(given)}: set, but the demo uses generated sources only. Unset the variables for the demo, or "
            "use your sources: `pinterest-platform --domain retail run`"
        )
    step(1, "Six sources with all their dirt")
    fill_sources(settings, scale, seed)
    succeeded = run_and_show(
        settings,
        domain,
        _show_answers,
        number=2,
        title="Sources to raw, cleaned and analytic tables",
        example="SELECT * FROM analytics.sales_by_store_type",
    )
    page = f"{settings.lake_root}/report/overview.html"
    console().print(f"All answers, with pictures, on one page: [bold]{escape(page)}[/]", soft_wrap=True)
    console().print("To see this run in Dagster's UI: [bold]make dev[/], then http://127.0.0.1:3000")
    if not succeeded:
        raise typer.Exit(1)


def _show_answers(catalog: Catalog, engine: Engine) -> None:
    """Print each question, the answer in words, and the table with the whole answer."""
    from rich.markup import escape

    from pinterest_platform.report.sections import report_of

    report = report_of(catalog)
    for model in sorted(catalog.results, key=lambda model: [*report.sections].index(model.name)):
        rows = engine.query(f"SELECT * FROM {dotted(model.address)}").rows
        answer = report.finding(model, rows, lambda _: ())
        told = f"[bold]{escape(report.question(model))}[/] [dim]{dotted(model.address)}[/]"
        console().print(f"{told}\n  {escape(answer)}", soft_wrap=True)
