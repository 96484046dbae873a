"""The command generate: fills the source. Sending its rows is in `posting.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_platform.cli.output import console

if TYPE_CHECKING:
    from rich.progress import Progress

    from pinterest_platform.settings import Settings


def generate(
    rows: Annotated[int, typer.Option(min=0, help="Postings to make: rows of each of the three tables.")] = 11_154,
    seed: Annotated[int, typer.Option(help="The same seed and rows make the same data.")] = 0,
    replace: Annotated[bool, typer.Option("--replace", help="Drop what the three tables hold first.")] = False,
) -> None:
    """Fill the source database with realistic postings. A source that holds them already is left alone.

    Example: `pinterest-platform generate --rows 100000 --seed 7 --replace`
    """
    from pinterest_platform.settings import load_settings

    fill_source(load_settings(), rows, seed=seed, replace=replace)


def fill_source(settings: Settings, rows: int, *, seed: int = 0, replace: bool = False) -> None:
    from pinterest_platform.source.loading import load
    from pinterest_platform.source.tables import hidden

    with progress_bar() as bar:
        task = bar.add_task("generating", total=rows)
        written = load(settings.source, rows, seed, replace=replace, progress=lambda n: bar.update(task, completed=n))
        bar.update(task, completed=rows)
    console().print(f"{hidden(settings.source)} holds {rows:,} postings, {written:,} of them new", soft_wrap=True)


def progress_bar() -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console(), transient=True)
