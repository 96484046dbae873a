"""18-24, 25-35, 36-50, 50+ (older than 50): every age in exactly one group, and the same groups in every table."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

from pinterest_platform_tests.models.tables import CATALOG, Tables

GROUPED = tuple(
    address for address, model in CATALOG.models.items() if "age_group" in {column.name for column in model.columns}
)


@pytest.mark.parametrize(
    ("age", "group"),
    [
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
    ],
)
@pytest.mark.parametrize("address", GROUPED)
def test_age_is_in_its_group(tables: Tables, address: str, age: int | None, group: str | None) -> None:
    tables.add_posts([{"pin": {"follower_count": 5}, "user": {"age": age}}])
    column = [c.name for c in tables.catalog.columns(address)].index("age_group")
    assert [row[column] for row in tables.run(address)] == ([group] if group else [])


def test_groups_are_defined_alike_in_every_table() -> None:
    definitions = {
        alias.this.sql()
        for address in GROUPED
        for alias in sqlglot.parse_one(CATALOG.models[address].sql, dialect="databricks").find_all(exp.Alias)
        if alias.alias == "age_group" and isinstance(alias.this, exp.Case)
    }
    assert len(GROUPED) >= 4
    assert len(definitions) == 1
