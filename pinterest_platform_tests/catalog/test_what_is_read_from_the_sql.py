"""Columns, types, descriptions, upstreams, lineage and fingerprint: none of them is written beside the SQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinterest_platform.catalog import Catalog, Model, ModelColumn
from pinterest_platform_tests.catalog.folders import HEADER, one_model, shipped, write
from pinterest_platform_tests.domains import with_models


def tried(tmp_path: Path, sql: str, header: str = HEADER) -> Model:
    return Catalog.load(with_models(one_model(tmp_path, sql, header))).models["cleaned/tried"]


def test_columns_of_a_model(catalog: Catalog) -> None:
    assert catalog.columns("cleaned/geo") == (
        ModelColumn("ind", "bigint", "Row position in the source; the pin's identity."),
        ModelColumn("country", "string", "Country name; NULL if unknown."),
        ModelColumn("coordinates", "array<double>", "Degrees north, then degrees east.", personal=True),
        ModelColumn("timestamp", "timestamp_ntz", "When it was posted; no time zone."),
    )


@pytest.mark.parametrize(
    ("expression", "data_type"),
    [
        ("latitude", "double"),
        ("YEAR(timestamp)", "int"),
        ("COUNT(*)", "bigint"),
        ("MEDIAN(ind)", "double"),
        ("SUM(ind)", "bigint"),
        ("ind / 2", "double"),
        ("'x' || country", "string"),
        ("ind > 1", "boolean"),
        ("CAST(timestamp AS DATE)", "date"),
        ("CAST(latitude AS DECIMAL(9, 4))", "decimal(9, 4)"),
        ("ARRAY(ind, ind)", "array<bigint>"),
        ("STRUCT(timestamp AS timestamp)", "struct<timestamp: timestamp_ntz>"),
    ],
)
def test_type_of_an_expression(tmp_path: Path, expression: str, data_type: str) -> None:
    model = tried(tmp_path, f"SELECT {expression} AS ind FROM raw.geo GROUP BY ALL")
    assert [column.type for column in model.columns] == [data_type]


def test_type_goes_through_other_tables(tmp_path: Path) -> None:
    folder = one_model(tmp_path, "WITH y AS (SELECT YEAR(timestamp) AS ind FROM raw.geo) SELECT ind FROM y")
    write(folder, "cleaned/next.sql", HEADER + "SELECT ind, ind * 2.5D AS x FROM cleaned.tried")
    assert [(c.name, c.type) for c in Catalog.load(with_models(folder)).columns("cleaned/next")] == [
        ("ind", "int"),
        ("x", "double"),
    ]


def test_description_is_the_comment_that_ends_the_columns_line(tmp_path: Path) -> None:
    model = tried(
        tmp_path,
        """
        -- About the query.
        SELECT
          ind, -- The key, with 'quotes', commas -- and dashes.
          -- About what follows, not a description.
          CASE
            WHEN country = '-- no comment' THEN 'a' -- About the branch.
            ELSE 'b' -- Another.
          END AS `kind`   ,   --Without a blank.
          latitude + longitude AS total,
          COUNT(*) OVER () AS n -- The last.
        FROM raw.geo -- Not this.
        """,
    )
    assert [column.description for column in model.columns] == [
        "The key, with 'quotes', commas -- and dashes.",
        "Without a blank.",
        "",
        "The last.",
    ]


def test_column_without_a_comment_keeps_the_description_of_the_one_it_is(tmp_path: Path) -> None:
    model = tried(tmp_path, "SELECT ind, country AS land, latitude FROM raw.geo")
    upstream = "Row position in the source; the posting's identity."
    assert [column.description for column in model.columns] == [upstream, "", "Degrees north."]


def test_upstreams_in_order_of_appearance(tmp_path: Path) -> None:
    model = tried(
        tmp_path,
        """WITH u AS (SELECT ind FROM raw.user), pin AS (SELECT `index` AS ind FROM RAW.Pin)
        SELECT u.ind FROM u JOIN pin ON u.ind = pin.ind WHERE u.ind IN (SELECT ind FROM raw.geo)
        UNION ALL SELECT ind FROM raw.user""",
    )
    assert model.upstreams == ("raw/user", "raw/pin", "raw/geo")


def test_lineage_of_the_shipped_models(catalog: Catalog) -> None:
    assert catalog.models["cleaned/geo"].lineage == {
        "ind": (("raw/geo", "ind"),),
        "country": (("raw/geo", "country"),),
        "coordinates": (("raw/geo", "latitude"), ("raw/geo", "longitude")),
        "timestamp": (("raw/geo", "timestamp"),),
    }
    assert catalog.models["cleaned/post"].lineage == {
        "ind": (("cleaned/pin", "ind"),),
        "category": (("cleaned/pin", "category"),),
        "poster_name": (("cleaned/pin", "poster_name"),),
        "follower_count": (("cleaned/pin", "follower_count"),),
        "country": (("cleaned/geo", "country"),),
        "timestamp": (("cleaned/geo", "timestamp"),),
        "age_group": (("cleaned/user", "age"),),
        "date_joined": (("cleaned/user", "date_joined"),),
    }
    assert catalog.models["analytics/most_popular_category_by_age_group"].lineage == {
        "age_group": (("cleaned/post", "age_group"),),
        "category": (("cleaned/post", "category"),),
        "category_count": (),
    }
    assert catalog.models["analytics/country_with_top_user"].lineage == {
        "country": (("analytics/top_user_by_country", "country"),),
        "follower_count": (("analytics/top_user_by_country", "follower_count"),),
    }


def test_lineage_goes_through_ctes_subqueries_stars_and_unions(tmp_path: Path) -> None:
    model = tried(
        tmp_path,
        """WITH places AS (SELECT *, latitude + longitude AS total FROM raw.geo)
        SELECT g.ind, total * u.age AS x, (SELECT MAX(`index`) FROM raw.pin) AS top
        FROM (SELECT * FROM places) AS g JOIN raw.user AS u ON g.ind = u.ind
        UNION ALL SELECT `index`, downloaded, 1 FROM raw.pin""",
    )
    assert model.lineage == {
        "ind": (("raw/geo", "ind"), ("raw/pin", "index")),
        "x": (("raw/geo", "latitude"), ("raw/geo", "longitude"), ("raw/pin", "downloaded"), ("raw/user", "age")),
        "top": (("raw/pin", "index"),),
    }


def test_lineage_names_every_column_and_only_upstreams(catalog: Catalog) -> None:
    for model in catalog.models.values():
        assert list(model.lineage) == [column.name for column in model.columns]
        for address, column in (source for sources in model.lineage.values() for source in sources):
            assert address in model.upstreams
            assert column in {c.name for c in catalog.columns(address)}


SQL = "SELECT ind, 'Some Text' AS t FROM raw.geo WHERE ind > 1"


@pytest.mark.parametrize(
    "same",
    [
        "select  ind,\n'Some Text' as t from raw.geo\nwhere ind>1 -- why\n",
        "/* first */ SELECT ind, -- The key.\n 'Some Text' AS t FROM raw.geo WHERE ind > 1",
    ],
)
def test_fingerprint_is_not_of_layout_comments_and_keyword_case(tmp_path: Path, same: str) -> None:
    header = HEADER.replace("A table.", "Another one.") + "-- checks:\n--   c: ind > 1\n"
    assert tried(tmp_path / "a", same, header).fingerprint == tried(tmp_path / "b", SQL).fingerprint


@pytest.mark.parametrize(
    "other",
    [
        SQL.replace("> 1", "> 2"),
        SQL.replace("> 1", ">= 1"),
        SQL.replace("Some Text", "some text"),
        SQL.replace("Some Text", "Some  Text"),
        SQL.replace("AS t", "AS u"),
        SQL.replace("geo", "user"),
    ],
)
def test_fingerprint_changes_with_the_meaning(tmp_path: Path, other: str) -> None:
    assert tried(tmp_path / "a", other).fingerprint != tried(tmp_path / "b", SQL).fingerprint


def test_fingerprint_is_positive_stable_and_fits_a_bigint(tmp_path: Path, catalog: Catalog) -> None:
    fingerprints = {address: model.fingerprint for address, model in catalog.models.items()}
    assert all(0 < fingerprint < 2**63 for fingerprint in fingerprints.values())
    assert len(set(fingerprints.values())) == len(fingerprints)
    assert {a: m.fingerprint for a, m in Catalog.load(with_models(shipped(tmp_path))).models.items()} == fingerprints
    # A lake remembers it: were it to change between versions of the platform, every table would be rebuilt.
    assert tried(tmp_path / "other", SQL).fingerprint == 5137259312658414045
