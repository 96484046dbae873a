"""What the demos share: the headings of their steps, odd records to post, the run and its results."""

from __future__ import annotations

from typing import TYPE_CHECKING

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


def step(number: int, title: str) -> None:
    console().print(f"\n[bold]{number}. {title}[/]")


def run_and_show(settings: Settings) -> bool:
    """Run the graph and show the results and what was rejected; whether all of it succeeded."""
    from pinterest_platform.catalog import Catalog
    from pinterest_platform.cli.runs import execute
    from pinterest_platform.engines import build_engine
    from pinterest_platform.pinterest import PINTEREST

    step(3, "Landing zone to raw, cleaned and analytic tables")
    succeeded = execute(settings, PINTEREST, [])
    catalog = Catalog.load(PINTEREST)
    engine = build_engine(settings, catalog)
    try:
        step(4, "Results")
        _show_results(engine, [model.address for model in catalog.results])
        _show_rejected(engine)
    finally:
        engine.close()
    console().print(f"\nThe tables are Delta tables under {settings.lake_root}, for example:", soft_wrap=True)
    console().print(
        '  pinterest-platform query "SELECT * FROM analytics.most_popular_category_by_year"', soft_wrap=True
    )
    return succeeded


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
