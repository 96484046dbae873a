"""The rows of a layer on the page: a table that joins others repeats their rows, and is left out."""

from __future__ import annotations

import re
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from pinterest_platform.domains import load_domain
from pinterest_platform.flow.runs import TableRun
from pinterest_platform.flow.state import Flows
from pinterest_platform.report.flow import page
from pinterest_platform_tests.flow.flows import NOW, nothing
from pinterest_platform_tests.landing_data import open_platform


def test_rows_of_a_joined_table_are_left_out() -> None:
    rows = {"raw/pin": 3, "raw/rejected": 1, "cleaned/pin": 2, "cleaned/geo": 1, "cleaned/post": 2, "analytics/a": 7}
    tables = [TableRun(address, rows=count) for address, count in rows.items()]
    shown = page(replace(nothing(), tables=tables, joined={"cleaned/post"}))
    assert re.findall(r"<b>(\d+)</b>(rows in \w+)", shown) == [
        ("3", "rows in raw"),
        ("3", "rows in cleaned"),
        ("7", "rows in analytics"),
    ]


def test_which_tables_are_joined(tmp_path: Path) -> None:
    """In retail, orders_table joins others too, but it is the table of the orders."""
    for domain, joined in (("pinterest", {"cleaned/post"}), ("retail", set())):
        with closing(open_platform(tmp_path / domain, load_domain(domain)).engine) as engine:
            flow = Flows(engine._settings, engine._catalog, engine, ()).look(NOW, [], [])
        assert flow.joined == joined
