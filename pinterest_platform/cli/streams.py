"""The commands streams create and streams list: the Kinesis streams that postings go to."""

from __future__ import annotations

from typing import Annotated

import typer

from pinterest_platform.cli.output import console, print_table

app = typer.Typer(help="Create and list the Kinesis streams that postings go to.", no_args_is_help=True)


@app.command("create")
def create(
    shards: Annotated[
        int, typer.Option(min=1, help="Shards per stream. Each accepts 1,000 records or 1 MiB per second.")
    ] = 1,
) -> None:
    """Create a stream for each kind of record. Existing streams stay as they are, and differences are reported.

    Example: `pinterest-platform streams create --shards 2`
    """
    from rich.markup import escape

    from pinterest_platform.domains import load
    from pinterest_platform.kinesis.streams import create_streams

    settings, domain = load()
    streams, made = create_streams(settings, domain.records, shards)
    for stream in streams:
        what = "[green]created[/]" if stream.name in made else "exists"
        different = f": [yellow]shards is {stream.shards}, not {shards}[/]" if stream.shards != shards else ""
        console().print(f"{what} {escape(stream.name)}{different}", soft_wrap=True)


@app.command("list")
def show() -> None:
    """Show the stream of each kind of record, with its shards and its retention.

    Example: `pinterest-platform streams list`
    """
    from pinterest_platform.domains import load
    from pinterest_platform.kinesis.streams import list_streams

    settings, domain = load()
    streams = list_streams(settings, domain.records)
    rows = [(stream.name, stream.status, stream.shards, stream.retention_hours) for stream in streams if stream.exists]
    print_table(("stream", "status", "shards", "retention hours"), rows)
    if missing := [stream.name for stream in streams if not stream.exists]:
        console().print(f"[yellow]missing[/]: {', '.join(missing)}. Create them: `pinterest-platform streams create`")
        raise typer.Exit(1)
