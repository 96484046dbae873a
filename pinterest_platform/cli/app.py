"""The `pinterest-platform` program: its commands, and the place that turns a user's mistakes into clear messages."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from pinterest_platform.cli import (
    check,
    connector,
    erase,
    export,
    init,
    lake,
    lineage,
    recovery,
    refresh,
    report,
    runs,
    spark_conf,
    stack,
    status,
    stream,
    streams,
    topics,
)
from pinterest_platform.cli.own import OwnCommands
from pinterest_platform.cli.pinterest import demo, post, source, stack_demo
from pinterest_platform.errors import PlatformError

app = typer.Typer(
    name="pinterest-platform",
    cls=OwnCommands,
    help="Take Pinterest-like events from a source through a landing zone into Delta tables and eleven results.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


@app.callback()
def program(
    domain: Annotated[
        str | None,
        typer.Option(
            is_eager=True,
            help="Domain to work on, like PINTEREST_DOMAIN: `pinterest`, `retail`, or `module:NAME` of a `Domain`.",
        ),
    ] = None,
) -> None:
    """Read the options before the command. The environment passes them on to processes that the command starts."""
    if domain is not None:
        os.environ["PINTEREST_DOMAIN"] = domain


for command in (
    demo.demo,
    source.generate,
    post.post,
    runs.run,
    runs.dev,
    runs.home,
    refresh.refresh,
    report.report,
    stream.stream,
    status.status,
    lake.query,
    lake.tables,
    lake.describe,
    lineage.lineage,
    lake.rejected,
    erase.erase,
    lake.optimize,
    recovery.repair,
    recovery.restore,
    check.check,
    init.init,
    connector.connector,
    spark_conf.spark_conf,
):
    app.command()(command)
stack.app.command("demo")(stack_demo.demo)
app.add_typer(source.app, name="source")
app.add_typer(topics.app, name="topics")
app.add_typer(streams.app, name="streams")
app.add_typer(stack.app, name="stack")
app.add_typer(export.app, name="export")


def main() -> None:
    """Run the program. A `PlatformError` ends it with a message and exit status 1."""
    try:
        app()
    except SystemExit as end:
        # A wheel task on Databricks treats any SystemExit that leaves this function as a failure.
        if end.code:
            raise
    except KeyboardInterrupt:
        sys.exit(130)
    except PlatformError as error:
        from pinterest_platform.cli.output import errors

        errors().print(f"[red]error:[/] {_escape(str(error))}", soft_wrap=True)
        sys.exit(1)


def _escape(text: str) -> str:
    from rich.markup import escape

    return escape(text)
