"""Commands that write the graph for other orchestrators: export databricks, export mwaa."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from pinterest_platform.cli.output import console
from pinterest_platform.exports.mwaa.targets import AirflowVersion, TargetName

app = typer.Typer(help="Write the graph of tables for another orchestrator.", no_args_is_help=True)

Check = Annotated[bool, typer.Option("--check", help="Write nothing; exit status 1 when the folder is behind.")]


@app.command()
def databricks(
    out: Annotated[Path, typer.Option(help="Folder of the bundle.")],
    check: Check = False,
) -> None:
    """Write a Databricks bundle: a job with a task a table. The same tables give the same bytes.

    Example: `pinterest-platform export databricks --out bundle`, then in it `databricks bundle deploy`
    """
    from pinterest_platform.catalog import Catalog
    from pinterest_platform.domains import load
    from pinterest_platform.exports.databricks import files

    settings, domain = load()
    _write(files(Catalog.load(domain), domain.publications(settings)), out, check)


@app.command()
def mwaa(
    out: Annotated[Path, typer.Option(help="Folder of what MWAA's bucket needs.")],
    target: Annotated[
        TargetName, typer.Option(help="What does a table's work: a job on Databricks, a task on ECS, or the worker.")
    ] = "databricks",
    granularity: Annotated[
        Literal["table", "layer"],
        typer.Option(help="A task a table, or also a task group a layer, one after the other."),
    ] = "table",
    airflow: Annotated[
        AirflowVersion, typer.Option(help="Airflow of the environment, for the constraints; the DAG runs on either.")
    ] = "2.10.3",
    check: Check = False,
) -> None:
    """Write an Airflow DAG with what Amazon MWAA needs beside it. The same tables give the same bytes.

    Tables that PINTEREST_AIRFLOW_MOVED names are left out.

    Example: `pinterest-platform export mwaa --out mwaa`, then in it `aws s3 cp --recursive . s3://bucket/`
    """
    from pinterest_platform.catalog import Catalog
    from pinterest_platform.domains import load
    from pinterest_platform.exports.mwaa.dag import files

    settings, domain = load()
    exported = files(Catalog.load(domain), settings, target=target, granularity=granularity, airflow=airflow)
    _write(exported, out, check)


def _write(exported: Mapping[str, str], out: Path, check: bool) -> None:
    from pinterest_platform.exports.files import behind, write

    if not check:
        write(exported, out)
        console().print(f"{out}: {', '.join(exported)}", soft_wrap=True)
    elif names := behind(exported, out):
        console().print(f"{out} is behind: {', '.join(names)}; make it anew without --check", soft_wrap=True)
        raise typer.Exit(1)
    else:
        console().print(f"{out} is up to date")
