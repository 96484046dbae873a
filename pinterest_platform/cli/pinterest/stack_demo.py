"""The command stack demo: everything from MySQL to the eleven results, through real servers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_platform.cli.output import console
from pinterest_platform.cli.stack import bring_up

if TYPE_CHECKING:
    from pinterest_platform.settings import Settings
    from pinterest_platform.stack.stack import Stack

#: Seconds without a landed record after which the sink counts as stuck.
_PATIENCE = 60.0


def demo(
    rows: Annotated[int, typer.Option(min=11_001, help="Postings in the source.")] = 11_154,
    resent: Annotated[int, typer.Option(min=0, help="Postings to resend, in the course's random order.")] = 2_000,
    folder: Annotated[
        Path | None,
        typer.Option("--from", help="Folder with pin.jsonl, geo.jsonl and user.jsonl. Default: generated rows."),
    ] = None,
) -> None:
    """Bring the stack up and send everything through it: MySQL, REST proxy, Kafka, Connect, S3, lake on S3, results.

    Running it again adds nothing. The stack stays up.

    Example: `pinterest-platform stack demo`
    """
    import os

    from pinterest_platform.cli.pinterest import own_settings
    from pinterest_platform.cli.pinterest.results import run_and_show_results
    from pinterest_platform.cli.pinterest.source import fill_source
    from pinterest_platform.cli.steps import step
    from pinterest_platform.pinterest import PINTEREST
    from pinterest_platform.stack.stack import Stack

    stack = Stack(own_settings(), PINTEREST)
    step(0, "The servers")
    bring_up(stack)
    # Like `stack env` for a shell: the code that signs S3 requests reads the environment.
    os.environ.update(stack.environment())
    # Checkpoints of posting lie beside the topics: deleting one deletes both.
    settings = own_settings(data=stack.folder)
    step(1, "A source database with postings")
    if stack.own_source:
        fill_source(settings, rows, folder=folder)
    else:
        console().print("Using the source that PINTEREST_SOURCE_URL names, as it is")
    step(2, "Posting every row, and some a second time, through the REST proxy to Kafka, and by Connect to S3")
    _post(settings, resent)
    _wait_until_landed(stack)
    succeeded = run_and_show_results(settings)
    console().print('For more queries, and the UI (make dev): eval "$(.venv/bin/pinterest-platform stack env)"')
    console().print("The servers run until `pinterest-platform stack down`.")
    if not succeeded:
        raise typer.Exit(1)


def _post(settings: Settings, resent: int) -> None:
    from pinterest_platform.cli.pinterest.post import send
    from pinterest_platform.cli.pinterest.results import STRANGERS
    from pinterest_platform.pinterest.order import Course
    from pinterest_platform.pinterest.records import RECORDS
    from pinterest_platform.posting.checkpoint import checkpoint_folder
    from pinterest_platform.posting.orders import Order, Sequential
    from pinterest_platform.posting.senders.destination import SenderDestination
    from pinterest_platform.posting.senders.http.auth import rest_auth
    from pinterest_platform.posting.senders.http.rest import RestSender

    topics = {record: settings.topic(record) for record in RECORDS}
    folder = checkpoint_folder(settings.data)
    orders: list[tuple[str, Order, int | None]] = [("demo-all", Sequential(), None), ("demo-again", Course(), resent)]
    for name, order, count in orders:
        sender = RestSender(settings.rest_url, rest_auth(settings, settings.rest_url))
        send(
            settings,
            order,
            SenderDestination(RECORDS, topics, sender, folder / f"{name}.refused.jsonl"),
            name=name,
            count=count,
            resume=True,
        )
    sent = folder / "demo-strangers"
    if not sent.exists():
        _send_strangers(settings, topics["pin"])
        sent.touch()
    console().print(f"The pin topic also has {len(STRANGERS)} odd records, like any real topic")


def _send_strangers(settings: Settings, topic: str) -> None:
    """Send them around the proxy, which accepts JSON only."""
    from kafka import KafkaProducer

    from pinterest_platform.cli.pinterest.results import STRANGERS
    from pinterest_platform.kafka.connection import client_options

    with KafkaProducer(**client_options(settings)) as producer:
        for line in STRANGERS:
            producer.send(topic, line.encode())
        producer.flush()


def _wait_until_landed(stack: Stack) -> None:
    """Wait until the landing zone has every record of the topics.

    Raises:
        StackError: the sink makes no progress.
    """
    import time

    from pinterest_platform.stack.errors import StackError

    began = time.monotonic()
    with console().status("landing") as shown:
        missing, since = stack.not_landed(), time.monotonic()
        while missing:
            if time.monotonic() - since > _PATIENCE:
                raise StackError(
                    f"{missing:,} records have not landed, and none has for {_PATIENCE:.0f} s. See Connect's state: "
                    f"`pinterest-platform stack status`, `pinterest-platform stack logs connect`"
                )
            shown.update(f"landing, {missing:,} records to go")
            time.sleep(0.25)
            if (now := stack.not_landed()) != missing:
                missing, since = now, time.monotonic()
    console().print(f"All records landed in {stack.settings.landing_root}, {time.monotonic() - began:.1f} s later")
