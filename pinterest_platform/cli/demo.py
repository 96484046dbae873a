"""The command demo: the whole way from a generated source to the eleven results, in one go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_platform.addresses import dotted
from pinterest_platform.cli.output import console, print_table

if TYPE_CHECKING:
    from pinterest_platform.engines.contract import Engine
    from pinterest_platform.settings import Settings

#: What people really leave in a topic while they try things: a test message, a record of another topic, no JSON.
STRANGERS = (
    '{"index": 1, "name": "Maya", "role": "engineer"}',
    '{"ind": 7, "first_name": "Ada", "last_name": "Byron", "age": 36, "date_joined": "2016-05-01 10:00:00"}',
    "hello kafka",
)


def demo(
    rows: Annotated[int, typer.Option(min=11_001, help="Postings in the source.")] = 11_154,
    resent: Annotated[int, typer.Option(min=0, help="Postings sent again in the course's random order.")] = 2_000,
    stream: Annotated[
        bool, typer.Option("--stream", help="Streams instead: post into Kinesis on this machine, read, count live.")
    ] = False,
    rate: Annotated[float, typer.Option(min=1, help="Postings a second, with --stream.")] = 200,
    seconds: Annotated[float, typer.Option(min=1, help="How long to post, with --stream.")] = 20,
) -> None:
    """Make a source, post it, land it as Kafka Connect would, run the graph and show the results. Needs no server.

    Running it again adds nothing: what is there is recognised at every step. With `--stream` each run posts more; it
    wants `pip install 'pinterest-platform[stack]'`, and no account.

    Examples: `pinterest-platform demo`, `pinterest-platform demo --stream`
    """
    if stream:
        from pinterest_platform.cli.stream_demo import stream_demo

        stream_demo(rows, rate, seconds)
        return
    from pinterest_platform.cli.source import fill_source
    from pinterest_platform.settings import load_settings

    settings = load_settings()
    step(1, "A source database with realistic postings")
    fill_source(settings, rows)
    step(2, "Posting every row, and some again, into the landing zone")
    _post(settings, resent)
    succeeded = run_and_show(settings)
    console().print("Dagster's UI, with this run in it: [bold]make dev[/], then http://127.0.0.1:3000")
    if not succeeded:
        raise typer.Exit(1)


def run_and_show(settings: Settings) -> bool:
    """Run the graph and show the results and what was rejected; whether all of it succeeded."""
    from pinterest_platform.catalog import Catalog
    from pinterest_platform.cli.runs import execute
    from pinterest_platform.engines import build_engine

    step(3, "Landing zone to raw, cleaned and analytic tables")
    succeeded = execute(settings, [])
    catalog = Catalog.load()
    engine = build_engine(settings, catalog)
    try:
        step(4, "Results")
        _show_results(engine, [address for address in catalog.models if address.startswith("analytics/")])
        _show_rejected(engine)
    finally:
        engine.close()
    console().print(f"\nThe tables are Delta tables under {settings.lake_root}, for example:", soft_wrap=True)
    console().print(
        '  pinterest-platform query "SELECT * FROM analytics.most_popular_category_by_year"', soft_wrap=True
    )
    return succeeded


def step(number: int, title: str) -> None:
    console().print(f"\n[bold]{number}. {title}[/]")


def _post(settings: Settings, resent: int) -> None:
    from pinterest_platform.cli.posting import local_landing, send
    from pinterest_platform.landing.keys import object_key
    from pinterest_platform.posting.landing_folder import LandingFolder
    from pinterest_platform.posting.orders import Course, Order, Sequential
    from pinterest_platform.schemas import RECORDS

    root = local_landing(settings)
    topics = {record: settings.topic(record) for record in RECORDS}
    orders: list[tuple[str, Order, int | None]] = [("demo-all", Sequential(), None), ("demo-again", Course(), resent)]
    for name, order, count in orders:
        send(settings, order, LandingFolder(root, topics), name=name, count=count, resume=True)
    # A partition of their own: the emulator's offsets go on undisturbed.
    strangers = root / object_key(topics["pin"], 3, 0)
    strangers.parent.mkdir(parents=True, exist_ok=True)
    if not strangers.exists():
        strangers.write_text("".join(f"{line}\n" for line in STRANGERS))
    console().print(f"{len(STRANGERS)} odd lines are in the pin topic too, as in any real one")


def _show_results(engine: Engine, addresses: list[str]) -> None:
    rows = []
    for address in addresses:
        name = dotted(address)
        count = engine.query(f"SELECT COUNT(*) FROM {name}").rows[0][0]
        first = engine.query(f"SELECT * FROM {name}", limit=1)
        example = ", ".join(str(value) for row in first.rows for value in row)
        rows.append((name.removeprefix("analytics."), count, example))
    print_table(("analytics", "rows", "first row"), rows)


def _show_rejected(engine: Engine) -> None:
    rejected = engine.query(
        "SELECT COUNT(*) AS line_count, reason FROM raw.rejected GROUP BY reason ORDER BY line_count DESC, reason"
    )
    console().print("\nRejected, and kept in raw.rejected with the line and where it came from:")
    print_table(("lines", "reason"), rejected.rows)
