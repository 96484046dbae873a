"""The command generate of the retail domain: its six sources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_platform.cli.output import console, print_table

if TYPE_CHECKING:
    from pinterest_platform.settings import Settings

Scale = Annotated[float, typer.Option(min=0.001, max=20, help="Size; 1 has that of the real sources, 120,123 orders.")]
Seed = Annotated[int, typer.Option(help="The same seed and scale make the same data.")]


def generate(
    scale: Scale = 1.0,
    seed: Seed = 0,
    replace: Annotated[bool, typer.Option("--replace", help="Make them in place of generated ones.")] = False,
) -> None:
    """Make the six sources, with all their dirt: a database, a PDF, JSON lines, a CSV and a JSON file.

    They are in the folder retail/sources of PINTEREST_DATA, where `run` looks for what no RETAIL_ variable names.
    Sources that are there already are left alone; what was not generated is never replaced.

    Example: `pinterest-platform --domain retail generate --scale 0.1 --seed 7`
    """
    from pinterest_platform.domains import load

    settings, _ = load()
    fill_sources(settings, scale, seed, replace=replace)


def fill_sources(settings: Settings, scale: float, seed: int, *, replace: bool = False) -> None:
    """Make the sources where they are not there, and say what there is, and which variables name others."""
    from pinterest_platform.retail.generator.folder import fill
    from pinterest_platform.retail.settings import given_settings, sources_folder

    folder = sources_folder(settings)
    with console().status(f"making sources of scale {scale:g}"):
        made, is_new = fill(folder, scale=scale, seed=seed, replace=replace)
    note = "" if is_new else ", as it was already"
    print_table(("source", "rows"), list(made.rows.items()))
    console().print(f"{folder} holds sources of scale {made.scale:g} and seed {made.seed}{note}", soft_wrap=True)
    if others := given_settings():
        console().print(f"[yellow]look[/] {', '.join(others)}: set, and `run` uses that", soft_wrap=True)
