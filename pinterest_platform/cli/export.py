"""Commands that write the graph for other orchestrators: export databricks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pinterest_platform.cli.output import console

app = typer.Typer(help="Write the graph of tables for another orchestrator.", no_args_is_help=True)


@app.command()
def databricks(
    out: Annotated[Path, typer.Option(help="Folder of the bundle.")],
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit status 1 when the folder is behind.")
    ] = False,
) -> None:
    """Write a Databricks bundle: a job with a task a table. The same tables give the same bytes.

    Example: `pinterest-platform export databricks --out bundle`, then in it `databricks bundle deploy`
    """
    from pinterest_platform.catalog import Catalog
    from pinterest_platform.exports.databricks import files
    from pinterest_platform.exports.files import behind, write

    exported = files(Catalog.load())
    if check:
        if names := behind(exported, out):
            console().print(f"{out} is behind: {', '.join(names)}; make it anew without --check", soft_wrap=True)
            raise typer.Exit(1)
        console().print(f"{out} is up to date")
    else:
        write(exported, out)
        console().print(f"{out}: {', '.join(exported)}", soft_wrap=True)
