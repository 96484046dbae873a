"""Which tables there are, in which order, and what is made of what."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinterest_platform import schemas
from pinterest_platform.catalog import Catalog
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform_tests.catalog.folders import HEADER, write
from pinterest_platform_tests.domains import with_models

ANALYTICS = {
    "most_popular_category_by_country": ("country", "category", "category_count"),
    "category_popularity_by_year": ("post_year", "category", "category_count"),
    "most_popular_category_by_year": ("post_year", "category", "category_count"),
    "top_user_by_country": ("country", "poster_name", "follower_count"),
    "country_with_top_user": ("country", "follower_count"),
    "most_popular_category_by_age_group": ("age_group", "category", "category_count"),
    "median_follower_count_by_age_group": ("age_group", "median_follower_count"),
    "users_joined_by_year": ("post_year", "number_users_joined"),
    "median_follower_count_by_joining_year": ("post_year", "median_follower_count"),
    "median_follower_count_by_joining_year_and_age_group": ("age_group", "post_year", "median_follower_count"),
    "median_follower_count_by_posting_year_and_age_group": ("age_group", "post_year", "median_follower_count"),
}


def test_raw_tables_are_those_of_the_schemas(catalog: Catalog) -> None:
    assert tuple(catalog.raw) == ("raw/pin", "raw/geo", "raw/user", "raw/rejected")
    for name, schema in RECORDS.items():
        declared = [(c.name, c.type, c.description) for c in schema.raw_columns]
        assert [(c.name, c.type, c.description) for c in catalog.columns(f"raw/{name}")] == declared
    assert [c.name for c in catalog.columns("raw/rejected")] == [c.name for c in schemas.REJECTED]


def test_models_are_the_four_cleaned_and_the_eleven_analytics(catalog: Catalog) -> None:
    cleaned = ("cleaned/pin", "cleaned/geo", "cleaned/user", "cleaned/post")
    assert tuple(catalog.models) == (*cleaned, *(a for a in catalog.models if a.startswith("analytics/")))
    found = {m.name: tuple(c.name for c in m.columns) for m in catalog.models.values() if m.layer == "analytics"}
    assert found == ANALYTICS


def test_every_table_comes_after_its_upstreams(catalog: Catalog) -> None:
    for position, address in enumerate(catalog.addresses):
        assert set(catalog.upstreams(address)) <= set(catalog.addresses[:position])


def test_order_is_the_same_at_each_load(catalog: Catalog) -> None:
    assert Catalog.load(PINTEREST).addresses == catalog.addresses


def test_what_a_table_is_made_of_and_what_is_made_of_it(catalog: Catalog) -> None:
    top, country = "analytics/top_user_by_country", "analytics/country_with_top_user"
    assert catalog.upstreams(country) == (top,)
    raw, cleaned = ("raw/pin", "raw/geo", "raw/user"), ("cleaned/pin", "cleaned/geo", "cleaned/user")
    assert catalog.ancestors("cleaned/post") == (*raw, *cleaned)
    assert catalog.ancestors(country) == (*raw, *cleaned, "cleaned/post", top)
    assert catalog.downstream(top) == (country,)
    assert catalog.downstream("raw/geo") == ("cleaned/geo",)
    assert catalog.downstream("cleaned/user") == ("cleaned/post", "analytics/users_joined_by_year")
    assert catalog.downstream("cleaned/pin") == catalog.downstream("cleaned/geo") == ("cleaned/post",)
    results = {f"analytics/{name}" for name in ANALYTICS}
    assert set(catalog.descendants("cleaned/post")) == results - {"analytics/users_joined_by_year"}
    assert set(catalog.descendants("raw/user")) == {"cleaned/user", "cleaned/post", *results}
    assert catalog.upstreams("raw/pin") == catalog.downstream("raw/rejected") == ()


@pytest.mark.parametrize(
    "method", ["table", "columns", "checks", "upstreams", "ancestors", "downstream", "descendants"]
)
def test_unknown_address_is_named(catalog: Catalog, method: str) -> None:
    with pytest.raises(KeyError, match=r"no table 'cleaned/pins'; the tables are raw/pin, .*cleaned/pin,"):
        getattr(catalog, method)("cleaned/pins")


def test_files_may_be_named_before_what_they_are_made_of(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    write(folder, "analytics/a.sql", HEADER + "SELECT ind FROM analytics.b")
    write(folder, "analytics/b.sql", HEADER + "SELECT ind FROM cleaned.c")
    write(folder, "cleaned/c.sql", HEADER + "SELECT ind FROM raw.geo")
    assert tuple(Catalog.load(with_models(folder)).models) == ("cleaned/c", "analytics/b", "analytics/a")


def test_tables_of_a_layer_are_together_whatever_they_are_made_of(tmp_path: Path) -> None:
    folder = tmp_path / "models"
    write(folder, "analytics/a.sql", HEADER + "SELECT ind FROM cleaned.z")
    write(folder, "cleaned/z.sql", HEADER + "SELECT ind FROM raw.geo")
    write(folder, "cleaned/a.sql", HEADER + "SELECT ind FROM cleaned.b")
    write(folder, "cleaned/b.sql", HEADER + "SELECT ind FROM cleaned.z")
    found = tuple(Catalog.load(with_models(folder)).models)
    assert found == ("cleaned/z", "cleaned/b", "cleaned/a", "analytics/a")


def test_every_table_and_column_is_described(catalog: Catalog) -> None:
    for address in catalog.addresses:
        assert catalog.table(address).description.endswith(".")
        assert all(column.description for column in catalog.columns(address)), address


def test_every_model_has_a_team(catalog: Catalog) -> None:
    assert {model.owner for model in catalog.models.values()} == {"team:data-platform"}
