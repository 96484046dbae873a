"""Shared parts of this domain's demos: odd records to post, and the run with its results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinterest_platform.addresses import dotted
from pinterest_platform.cli.output import print_table
from pinterest_platform.cli.steps import run_and_show

if TYPE_CHECKING:
    from pinterest_platform.catalog import Catalog
    from pinterest_platform.engines.contract import Engine
    from pinterest_platform.settings import Settings

#: Records that people leave in a topic while testing: a test message, a record of another topic, a line without JSON.
STRANGERS = (
    '{"index": 1, "name": "Maya", "role": "engineer"}',
    '{"ind": 7, "first_name": "Ada", "last_name": "Byron", "age": 36, "date_joined": "2016-05-01 10:00:00"}',
    "hello kafka",
)


def run_and_show_results(settings: Settings) -> bool:
    """Run the graph, show the results and the rejected lines, and return whether everything succeeded."""
    from pinterest_platform.pinterest import PINTEREST

    return run_and_show(
        settings,
        PINTEREST,
        _show,
        number=3,
        title="Landing zone to raw, cleaned and analytic tables",
        example="SELECT * FROM analytics.most_popular_category_by_year",
    )


def _show(catalog: Catalog, engine: Engine) -> None:
    rows = []
    for model in catalog.results:
        name = dotted(model.address)
        count = engine.query(f"SELECT COUNT(*) FROM {name}").rows[0][0]
        first = engine.query(f"SELECT * FROM {name}", limit=1)
        example = ", ".join(str(value) for row in first.rows for value in row)
        rows.append((name.removeprefix("analytics."), count, example))
    print_table(("analytics", "rows", "first row"), rows)
