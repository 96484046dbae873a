"""Commands that fill and inspect the source database. `post.py` sends its rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_platform.cli.output import console, print_table

if TYPE_CHECKING:
    from rich.progress import Progress

    from pinterest_platform.settings import Settings

app = typer.Typer(help="Fill and check the source database.", no_args_is_help=True)

Rows = Annotated[int, typer.Option(min=0, help="Postings to generate: rows in each of the three tables.")]
Seed = Annotated[int, typer.Option(help="The same seed and rows give the same data.")]
Replace = Annotated[bool, typer.Option("--replace", help="First delete the rows of the three tables.")]


def generate(rows: Rows = 11_154, seed: Seed = 0, replace: Replace = False) -> None:
    """Fill the source database with realistic postings. A source that already has them stays as it is.

    Example: `pinterest-platform generate --rows 100000 --seed 7 --replace`
    """
    from pinterest_platform.cli.pinterest import own_settings

    fill_source(own_settings(), rows, seed=seed, replace=replace)


@app.command("load")
def load_source(
    rows: Rows = 11_154,
    seed: Seed = 0,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--from", help="Folder with pin.jsonl, geo.jsonl and user.jsonl to load. Default: generated rows."
        ),
    ] = None,
    replace: Replace = False,
) -> None:
    """Create the three tables in the source database and fill them, with generated rows or the rows of a folder.

    Existing rows stay as they are. The command completes an interrupted load.

    Examples: `pinterest-platform source load`, `pinterest-platform source load --from my/rows`
    """
    from pinterest_platform.cli.pinterest import own_settings

    fill_source(own_settings(), rows, seed=seed, replace=replace, folder=folder)


@app.command("check")
def check_source() -> None:
    """Check that the source database is as expected: tables, columns, keys, character set, number of rows, values.

    The command reads every row and changes nothing. Exit status 1 if anything differs.

    Example: `pinterest-platform source check`
    """
    from pinterest_platform.cli.pinterest import own_settings
    from pinterest_platform.pinterest.source.address import source_url
    from pinterest_platform.pinterest.source.inspection import inspect_source
    from pinterest_platform.pinterest.source.source_tables import hidden

    url = source_url(own_settings())
    states = inspect_source(url)
    rows = [(state.name, state.rows, "\n".join(state.differences) or "as expected") for state in states]
    print_table(("table", "rows", "state"), rows, title=f"Source {hidden(url)}")
    if any(state.differences for state in states):
        raise typer.Exit(1)


@app.command("reader")
def make_source_reader(
    secret: Annotated[
        str, typer.Argument(help="Name or ARN of a secret in AWS Secrets Manager, with username and password.")
    ],
) -> None:
    """Create the user in a secret as a read-only user of the source database, which must be MySQL.

    Running it again changes nothing more, or sets the secret's new password.

    Example: `pinterest-platform source reader pinterest/source-reader`
    """
    from pinterest_platform.cli.pinterest import own_settings
    from pinterest_platform.pinterest.source.address import read_secret, source_url
    from pinterest_platform.pinterest.source.reader import make_reader

    user = read_secret(secret, called="SECRET")
    if not user.get("username"):
        raise typer.BadParameter(f"{secret} has no username. Add one to the secret.", param_hint="SECRET")
    make_reader(source_url(own_settings()), user["username"], user["password"])
    console().print(f"{user['username']} can read the source", markup=False)


def fill_source(
    settings: Settings, rows: int, *, seed: int = 0, replace: bool = False, folder: Path | None = None
) -> None:
    """Fill the source with generated rows or with those of `folder`, with a progress bar, and report the result."""
    from pinterest_platform.pinterest.source.address import source_url
    from pinterest_platform.pinterest.source.folder import FolderPostings
    from pinterest_platform.pinterest.source.loading import load, load_folder
    from pinterest_platform.pinterest.source.source_tables import hidden

    url = source_url(settings)
    postings = FolderPostings(folder) if folder else None
    rows = postings.rows if postings else rows
    with progress_bar() as bar:
        task = bar.add_task("loading", total=rows)

        def progress(present: int) -> None:
            bar.update(task, completed=present)

        if postings is None:
            written = load(url, rows, seed, replace=replace, progress=progress)
        else:
            written = load_folder(url, postings, replace=replace, progress=progress)
        progress(rows)
    console().print(f"{hidden(url)} holds {rows:,} postings, {written:,} of them new", soft_wrap=True)


def progress_bar() -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console(), transient=True)
