"""The command init: writes a small working domain to a new folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pinterest_platform.cli.output import console


def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder. Its name becomes the domain's name.")],
) -> None:
    """Write a small working domain to start from: a record, a cleaned model, a result, and lines to try them with.

    Example: `pinterest-platform init taxi`, then `pinterest-platform run` in that folder
    """
    from pinterest_platform.starter import write_starter

    for path in write_starter(folder):
        console().print(f"  {folder / path}", soft_wrap=True, markup=False)
    console().print(f"Next: `cd {folder}`, then `pinterest-platform run`", soft_wrap=True, markup=False)
