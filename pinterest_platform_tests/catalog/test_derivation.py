"""Where columns come from, back to the source."""

from __future__ import annotations

import pytest

from pinterest_platform.catalog import Catalog
from pinterest_platform.catalog.derivation import Derivation, Derivations
from pinterest_platform_tests.catalog.folders import one_model
from pinterest_platform_tests.domains import with_models

#: A result of joined tables, in WITH parts.
IN_PARTS = """WITH posts AS (
  SELECT pin.`index` AS ind, CASE WHEN user.age > 17 THEN 'older' END AS age_group
  FROM raw.pin AS pin INNER JOIN raw.user AS user ON pin.`index` = user.ind
  WHERE pin.category IS NOT NULL
), counted AS (
  SELECT ind, age_group, COUNT(*) AS posts FROM posts WHERE age_group IS NOT NULL GROUP BY ind, age_group
)
SELECT ind, age_group, posts FROM counted QUALIFY RANK() OVER (PARTITION BY age_group ORDER BY posts DESC) = 1
"""


@pytest.fixture(scope="module")
def derivations(catalog):
    return Derivations(catalog)


def column(derivations: Derivations, address: str, name: str) -> Derivation:
    [found] = [derivation for derivation in derivations.columns(address) if derivation.column == name]
    return found


def way(derivation: Derivation) -> list[str]:
    """Down the first source of each."""
    following = way(derivation.sources[0]) if derivation.sources else []
    return [f"{derivation.address}.{derivation.column}", *following]


def test_back_to_the_source(derivations):
    found = column(derivations, "analytics/users_joined_by_year", "post_year")
    assert way(found) == [
        "analytics/users_joined_by_year.post_year",
        "cleaned/user.date_joined",
        "raw/user.date_joined",
        "source/user_data.date_joined",
    ]
    assert found.expressions == ("YEAR(authors.date_joined)",)
    assert found.description == "Year of joining."


def test_renamed_columns_are_followed(derivations):
    found = column(derivations, "cleaned/pin", "ind")
    assert way(found) == ["cleaned/pin.ind", "raw/pin.index", "source/pinterest_data.index"]
    assert found.expressions == (), "it is passed on as it is"


@pytest.fixture
def in_parts(tmp_path):
    return Derivations(Catalog.load(with_models(one_model(tmp_path, IN_PARTS))))


def test_sql_of_with_parts_is_told_and_a_count_has_no_source(derivations, in_parts):
    group = column(in_parts, "cleaned/tried", "age_group")
    assert [s.address for s in group.sources] == ["raw/user"]
    assert "THEN 'older'" in group.expressions[0]
    for found in (
        column(in_parts, "cleaned/tried", "posts"),
        column(derivations, "analytics/most_popular_category_by_age_group", "category_count"),
    ):
        assert (found.expressions, found.sources) == (("COUNT(*)",), ())


def test_sql_of_a_table_in_between_is_told_there(derivations):
    group = column(derivations, "analytics/most_popular_category_by_age_group", "age_group")
    assert way(group) == [
        "analytics/most_popular_category_by_age_group.age_group",
        "cleaned/post.age_group",
        "cleaned/user.age",
        "raw/user.age",
        "source/user_data.age",
    ]
    assert group.expressions == (), "it is passed on as it is"
    assert "THEN '18-24'" in group.sources[0].expressions[0]


def test_several_sources_of_one_column(derivations):
    assert {s.column for s in column(derivations, "cleaned/user", "user_name").sources} == {"first_name", "last_name"}


def test_what_the_broker_adds_comes_from_no_column_of_the_source(derivations):
    assert column(derivations, "raw/pin", "kafka_offset").sources == ()


def test_rules_of_rows_in_the_order_they_are_applied(derivations, in_parts):
    rules = {
        "analytics/most_popular_category_by_age_group": (("cleaned/post",), ["WHERE", "GROUP", "QUALIFY"]),
        "cleaned/post": (("cleaned/pin", "cleaned/geo", "cleaned/user"), ["LEFT", "LEFT"]),
    }
    origins = {address: derivations.origin(address) for address in rules}
    assert {a: (o.upstreams, [rule.split()[0] for rule in o.rules]) for a, o in origins.items()} == rules
    origin = in_parts.origin("cleaned/tried")
    assert origin.upstreams == ("raw/pin", "raw/user")
    assert [rule.split()[0] for rule in origin.rules] == ["INNER", "WHERE", "WHERE", "GROUP", "QUALIFY"]


def test_every_column_of_every_table_is_derived(derivations, catalog):
    for address in catalog.addresses:
        assert [d.column for d in derivations.columns(address)] == [c.name for c in catalog.columns(address)]


def test_table_that_is_not_there(derivations):
    with pytest.raises(KeyError, match="no table 'analytics/nope'"):
        derivations.columns("analytics/nope")
