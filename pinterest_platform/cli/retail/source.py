"""The command generate of the retail domain: generates its six sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_platform.cli.output import console, print_table

if TYPE_CHECKING:
    from pinterest_platform.settings import Settings

Scale = Annotated[
    float, typer.Option(min=0.001, max=20, help="Size of the data. 1 is the size of the real sources: 120,123 orders.")
]
Seed = Annotated[int, typer.Option(help="The same seed and scale give the same data.")]


def generate(
    scale: Scale = 1.0,
    seed: Seed = 0,
    replace: Annotated[bool, typer.Option("--replace", help="Replace sources that were generated before.")] = False,
) -> None:
    """Generate the six sources, with all their dirt: a database, a PDF, JSON lines, a CSV and a JSON file.

    The command writes them to retail/sources in PINTEREST_DATA. `run` reads a source from there unless a RETAIL_
    variable names another. Existing sources stay as they are. The command never replaces a source that it did not
    generate.

    Example: `pinterest-platform --domain retail generate --scale 0.1 --seed 7`
    """
    from pinterest_platform.domains import load

    settings, _ = load()
    fill_sources(settings, scale, seed, replace=replace)


def fill_sources(settings: Settings, scale: float, seed: int, *, replace: bool = False) -> None:
    """Generate missing sources, list all of them, and name the variables that point to others."""
    from pinterest_platform.retail.generator.folder import fill
    from pinterest_platform.retail.settings import given_settings, sources_folder

    folder = sources_folder(settings)
    with console().status(f"generating sources of scale {scale:g}"):
        made, is_new = fill(folder, scale=scale, seed=seed, replace=replace)
    note = "" if is_new else ", as before"
    print_table(("source", "rows"), list(made.rows.items()))
    console().print(f"{folder} holds sources of scale {made.scale:g} and seed {made.seed}{note}", soft_wrap=True)
    if others := given_settings():
        console().print(f"[yellow]warn[/] {', '.join(others)}: set, and `run` uses it", soft_wrap=True)
