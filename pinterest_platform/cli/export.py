"""Commands that write the graph for other orchestrators: export databricks, export mwaa."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from pinterest_platform.cli.output import console
from pinterest_platform.exports.mwaa.targets import AirflowVersion, TargetName

app = typer.Typer(help="Write the graph of tables for another orchestrator.", no_args_is_help=True)

Check = Annotated[bool, typer.Option("--check", help="Write nothing. Exit status 1 if the folder is out of date.")]


@app.command()
def databricks(
    out: Annotated[Path, typer.Option(help="Folder to write the bundle to.")],
    check: Check = False,
) -> None:
    """Write a Databricks bundle: a job with one task per table. The same tables produce the same bytes.

    Example: `pinterest-platform export databricks --out bundle`, then `databricks bundle deploy` in that folder
    """
    from pinterest_platform.catalog import Catalog
    from pinterest_platform.domains import load
    from pinterest_platform.exports.databricks import files

    settings, domain = load()
    _write(files(Catalog.load(domain), domain.publications(settings)), out, check)


@app.command()
def mwaa(
    out: Annotated[Path, typer.Option(help="Folder to write the files for MWAA's bucket to.")],
    target: Annotated[
        TargetName,
        typer.Option(help="Where a table's task runs: in a job on Databricks, in a task on ECS, or on the worker."),
    ] = "databricks",
    granularity: Annotated[
        Literal["table", "layer"],
        typer.Option(help="One task per table, or also one task group per layer, one after the other."),
    ] = "table",
    airflow: Annotated[
        AirflowVersion,
        typer.Option(help="Airflow version of the environment, for the constraints. The DAG runs on both."),
    ] = "2.10.3",
    check: Check = False,
) -> None:
    """Write an Airflow DAG and the files that Amazon MWAA needs with it. The same tables produce the same bytes.

    The DAG leaves out tables that PINTEREST_AIRFLOW_MOVED names.

    Example: `pinterest-platform export mwaa --out mwaa`, then `aws s3 cp --recursive . s3://bucket/` in that folder
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
        console().print(
            f"{out} is out of date: {', '.join(names)}. Run the command again without --check.", soft_wrap=True
        )
        raise typer.Exit(1)
    else:
        console().print(f"{out} is up to date")
