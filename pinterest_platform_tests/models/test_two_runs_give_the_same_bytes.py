"""Every result has one order, whatever order its rows came in: the last SELECT orders by the whole key."""

from __future__ import annotations

import random

import pytest
import sqlglot
from sqlglot import exp

from pinterest_platform_tests.models.tables import CATALOG, Tables

ANALYTICS = tuple(address for address in CATALOG.models if address.startswith("analytics/"))

POSTS = [
    {
        "pin": {"category": category, "poster_name": f"p{i % 3}", "follower_count": i % 4},
        "geo": {"country": country, "timestamp": f"{2018 + i % 5}-01-01"},
        "user": {"age": 20 + 10 * (i % 4), "date_joined": f"{2015 + i % 3}-01-01"},
    }
    for i, (category, country) in enumerate(
        [("art", "Chad"), ("travel", "Chad"), ("art", "Peru"), ("quotes", "Peru")] * 15
    )
]


@pytest.mark.parametrize("address", ANALYTICS)
def test_order_names_every_key_column(address: str) -> None:
    model = CATALOG.models[address]
    order = sqlglot.parse_one(model.sql, dialect="databricks").args["order"]
    assert {column.name for column in order.find_all(exp.Column)} >= set(model.key)


def test_order_of_arrival_changes_nothing(tables: Tables) -> None:
    results = []
    for seed in range(3):
        tables.clear()
        tables.add_posts(random.Random(seed).sample(POSTS, len(POSTS)))
        tables.refresh(*ANALYTICS)
        results.append({address: tables.run(address) for address in ANALYTICS})
    assert results[0] == results[1] == results[2]
    assert all(results[0].values())


def test_threads_change_nothing(tables: Tables) -> None:
    tables.add_posts(POSTS)
    results = []
    for threads in (1, 4):
        tables.connection.execute(f"SET threads = {threads}")
        tables.refresh(*ANALYTICS)
        results.append({address: tables.run(address) for address in ANALYTICS})
    assert results[0] == results[1]
