"""Where columns come from, back to the source."""

from __future__ import annotations

import pytest

from pinterest_platform.catalog.derivation import Derivation, Derivations


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


def test_sql_of_with_parts_is_told_and_a_count_has_no_source(derivations):
    address = "analytics/most_popular_category_by_age_group"
    group = column(derivations, address, "age_group")
    assert [s.address for s in group.sources] == ["cleaned/user"]
    assert "THEN '18-24'" in group.expressions[0]
    count = column(derivations, address, "category_count")
    assert (count.expressions, count.sources) == (("COUNT(*)",), ())


def test_several_sources_of_one_column(derivations):
    assert {s.column for s in column(derivations, "cleaned/user", "user_name").sources} == {"first_name", "last_name"}


def test_what_the_broker_adds_comes_from_no_column_of_the_source(derivations):
    assert column(derivations, "raw/pin", "kafka_offset").sources == ()


def test_rules_of_rows_in_the_order_they_are_applied(derivations):
    origin = derivations.origin("analytics/most_popular_category_by_age_group")
    assert origin.upstreams == ("cleaned/pin", "cleaned/user")
    kinds = [rule.split()[0] for rule in origin.rules]
    assert kinds == ["INNER", "WHERE", "WHERE", "GROUP", "QUALIFY"]


def test_every_column_of_every_table_is_derived(derivations, catalog):
    for address in catalog.addresses:
        assert [d.column for d in derivations.columns(address)] == [c.name for c in catalog.columns(address)]


def test_table_that_is_not_there(derivations):
    with pytest.raises(KeyError, match="no table 'analytics/nope'"):
        derivations.columns("analytics/nope")
