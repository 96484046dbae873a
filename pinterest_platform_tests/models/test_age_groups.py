"""18-24, 25-35, 36-50, 50+ (older than 50): every age in exactly one group, and the same groups in every table."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

from pinterest_platform_tests.models.tables import CATALOG, POST, Tables

GROUPED = tuple(
    address
    for address, model in CATALOG.models.items()
    if address != POST and "age_group" in {column.name for column in model.columns}
)
GROUPS = [
    (0, None),
    (17, None),
    (18, "18-24"),
    (24, "18-24"),
    (25, "25-35"),
    (35, "25-35"),
    (36, "36-50"),
    (49, "36-50"),
    (50, "36-50"),
    (51, "50+"),
    (120, "50+"),
    (None, None),
]


@pytest.mark.parametrize(("age", "group"), GROUPS)
def test_post_is_in_the_group_of_its_author(tables: Tables, age: int | None, group: str | None) -> None:
    tables.add_posts([{"user": {"age": age}}])
    assert [post["age_group"] for post in tables.cleaned("post")] == [group]


@pytest.mark.parametrize(("age", "group"), GROUPS)
@pytest.mark.parametrize("address", GROUPED)
def test_age_is_in_its_group(tables: Tables, address: str, age: int | None, group: str | None) -> None:
    tables.add_posts([{"pin": {"follower_count": 5}, "user": {"age": age}}])
    column = [c.name for c in tables.catalog.columns(address)].index("age_group")
    assert [row[column] for row in tables.run(address)] == ([group] if group else [])


def test_groups_are_defined_once_for_every_table() -> None:
    defined_in = [
        address
        for address, model in CATALOG.models.items()
        for case in sqlglot.parse_one(model.sql, dialect="databricks").find_all(exp.Case)
        if {column.name for column in case.find_all(exp.Column)} & {"age", "age_group"}
    ]
    assert len(GROUPED) >= 4
    assert defined_in == [POST]
    assert all(("cleaned/post", "age_group") in CATALOG.models[address].lineage["age_group"] for address in GROUPED)
