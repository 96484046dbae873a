"""The command connector: settings of the Kafka Connect sink, for a Connect outside the local stack."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Sink(StrEnum):
    """Sinks that land the topics. Each has a file in `infra/kafka-connect/settings`."""

    landing_sink = "landing-sink"
    confluent_s3 = "confluent-s3"


def connector(
    region: Annotated[str, typer.Option(help="AWS region of the landing zone's bucket.")],
    sink: Annotated[Sink, typer.Option(help="This project's sink, or Confluent's S3 sink.")] = Sink.landing_sink,
    flush_size: Annotated[int, typer.Option(min=1, help="Maximum records in an object.")] = 1_000,
    flush_seconds: Annotated[float, typer.Option(min=0.1, help="Maximum seconds that a record waits.")] = 60,
    tasks: Annotated[int, typer.Option(min=1, help="Tasks that share the partitions.")] = 3,
    replication: Annotated[int, typer.Option(min=1, help="Replication factor of the dead-letter topic.")] = 3,
) -> None:
    """Print the settings of a connector that lands the topics, as JSON for MSK Connect or a Connect worker.

    Example: `pinterest-platform connector --region us-east-1 --sink confluent-s3`
    """
    import json

    from pinterest_platform.domains import load
    from pinterest_platform.stack.connector import connector_settings

    settings, domain = load()
    filled_in = connector_settings(
        settings,
        domain.records,
        region=region,
        sink=sink.value,
        flush_size=flush_size,
        flush_seconds=flush_seconds,
        tasks=tasks,
        replication=replication,
    )
    typer.echo(json.dumps(filled_in, indent=2))
