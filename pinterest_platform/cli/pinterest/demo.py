"""The command demo: everything from a generated source to the eleven results, in one command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_platform.cli.output import console
from pinterest_platform.cli.pinterest.results import STRANGERS, run_and_show_results
from pinterest_platform.cli.steps import step

if TYPE_CHECKING:
    from pinterest_platform.settings import Settings


def demo(
    rows: Annotated[int, typer.Option(min=11_001, help="Postings in the source.")] = 11_154,
    resent: Annotated[int, typer.Option(min=0, help="Postings to resend, in the course's random order.")] = 2_000,
    stream: Annotated[
        bool, typer.Option("--stream", help="Use streams instead: post into Kinesis on this machine, read, count live.")
    ] = False,
    rate: Annotated[float, typer.Option(min=1, help="Postings per second, with --stream.")] = 200,
    seconds: Annotated[float, typer.Option(min=1, help="Seconds to post for, with --stream.")] = 20,
) -> None:
    """Create a source, post it, land it as Kafka Connect would, run the graph and show the results. Needs no server.

    Running it again adds nothing: every step recognizes existing data. With `--stream`, each run posts more, and you
    need `pip install 'pinterest-platform[stack]'` but no account.

    Examples: `pinterest-platform demo`, `pinterest-platform demo --stream`
    """
    if stream:
        from pinterest_platform.cli.pinterest.stream_demo import stream_demo

        stream_demo(rows, rate, seconds)
        return
    from pinterest_platform.cli.pinterest import own_settings
    from pinterest_platform.cli.pinterest.source import fill_source

    settings = own_settings()
    step(1, "A source database with realistic postings")
    fill_source(settings, rows)
    step(2, "Posting every row, and some a second time, into the landing zone")
    _post(settings, resent)
    succeeded = run_and_show_results(settings)
    console().print("To see this run in Dagster's UI: [bold]make dev[/], then http://127.0.0.1:3000")
    if not succeeded:
        raise typer.Exit(1)


def _post(settings: Settings, resent: int) -> None:
    from pinterest_platform.cli.pinterest.post import local_landing, send
    from pinterest_platform.landing.keys import object_key
    from pinterest_platform.pinterest.order import Course
    from pinterest_platform.pinterest.records import RECORDS
    from pinterest_platform.posting.landing.folder import LandingFolder
    from pinterest_platform.posting.orders import Order, Sequential

    root = local_landing(settings)
    topics = {record: settings.topic(record) for record in RECORDS}
    orders: list[tuple[str, Order, int | None]] = [("demo-all", Sequential(), None), ("demo-again", Course(), resent)]
    for name, order, count in orders:
        landing = LandingFolder(root, RECORDS, topics, topics_dir=settings.landing_topics_dir)
        send(settings, order, landing, name=name, count=count, resume=True)
    # In a separate partition, which leaves the emulator's offsets undisturbed.
    strangers = root / object_key(topics["pin"], 3, 0, topics_dir=settings.landing_topics_dir)
    strangers.parent.mkdir(parents=True, exist_ok=True)
    if not strangers.exists():
        strangers.write_text("".join(f"{line}\n" for line in STRANGERS))
    console().print(f"The pin topic also has {len(STRANGERS)} odd lines, like any real topic")
