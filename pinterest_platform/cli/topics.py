"""The commands topics create and topics list: the Kafka topics that postings go to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_platform.cli.output import console, print_table

if TYPE_CHECKING:
    from pinterest_platform.kafka.topics import Topic

app = typer.Typer(help="Create and list the Kafka topics that postings go to.", no_args_is_help=True)


@app.command("create")
def create(
    partitions: Annotated[int, typer.Option(min=1, help="Partitions per topic. They cannot be changed later.")] = 3,
    replication: Annotated[
        int | None, typer.Option(min=1, help="Replication factor. Default: the cluster's default.")
    ] = None,
    retention_hours: Annotated[int, typer.Option(min=1, help="Hours that records are kept for the sink.")] = 168,
) -> None:
    """Create a topic for each kind of record. Existing topics stay as they are, and differences are reported.

    Example: `pinterest-platform topics create --partitions 6 --replication 3`
    """
    from rich.markup import escape

    from pinterest_platform.domains import load
    from pinterest_platform.kafka.topics import TopicNeeds, create_topics

    needs = TopicNeeds(partitions, replication, retention_hours)
    settings, domain = load()
    topics, made = create_topics(settings, domain.records, needs)
    for topic in topics:
        what = "[green]created[/]" if topic.name in made else "exists"
        different = "; ".join(topic.differences(needs))
        console().print(
            f"{what} {escape(topic.name)}{f': [yellow]{different}[/]' if different else ''}", soft_wrap=True
        )


@app.command("list")
def show() -> None:
    """Show the topic of each kind of record, with its number of records.

    Example: `pinterest-platform topics list`
    """
    from pinterest_platform.domains import load
    from pinterest_platform.kafka.topics import list_topics

    settings, domain = load()
    _print(list_topics(settings, domain.records))


def _print(topics: Sequence[Topic]) -> None:
    rows = [
        (topic.name, topic.partitions, topic.replication, topic.records, topic.configs["retention.ms"])
        for topic in topics
        if topic.exists
    ]
    print_table(("topic", "partitions", "replication", "records", "retention.ms"), rows)
    if missing := [topic.name for topic in topics if not topic.exists]:
        console().print(f"[yellow]missing[/]: {', '.join(missing)}. Create them: `pinterest-platform topics create`")
        raise typer.Exit(1)
