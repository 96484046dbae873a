"""A table more is a file more: its columns, lineage, checks and place in the order follow, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from pinterest_platform.catalog import Catalog, Check, ModelColumn
from pinterest_platform_tests.catalog.folders import shipped, write
from pinterest_platform_tests.domains import with_models

POSTS_BY_WEEKDAY = r"""-- description: Posts on each day of the week and country.
-- owner: team:growth
-- key: [country, week_day]
-- checks:
--   day_exists: week_day BETWEEN 1 AND 7
--   no_more_than_posts: |
--     SELECT counted
--     FROM (SELECT SUM(posts) AS counted FROM analytics.posts_by_weekday)
--     WHERE counted > (SELECT COUNT(*) FROM cleaned.geo)
-- warnings:
--   popular: "posts > 1 -- one post says little"

-- Sunday is the first day.
SELECT
  country,
  DAYOFWEEK(timestamp) AS week_day, -- 1 is Sunday.
  COUNT(*) AS posts, -- Posts that day.
  ROUND(AVG(coordinates[0]), 1) AS latitude -- Mean latitude, in degrees north.
FROM cleaned.geo
WHERE country IS NOT NULL
GROUP BY country, DAYOFWEEK(timestamp)
ORDER BY country, week_day
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shipped_models = shipped(tmp_path_factory.mktemp("shipped"))
    return write(shipped_models, "analytics/posts_by_weekday.sql", POSTS_BY_WEEKDAY)


@pytest.fixture(scope="module")
def loaded(folder: Path) -> Catalog:
    return Catalog.load(with_models(folder))


def test_file_dropped_into_the_folder_is_a_table(folder: Path, loaded: Catalog, catalog: Catalog) -> None:
    address = "analytics/posts_by_weekday"
    model = loaded.models[address]

    assert set(loaded.addresses) - set(catalog.addresses) == {address}
    assert {a: m.fingerprint for a, m in loaded.models.items() if a != address} == {
        a: m.fingerprint for a, m in catalog.models.items()
    }
    assert (model.description, model.owner) == ("Posts on each day of the week and country.", "team:growth")
    assert model.key == ("country", "week_day")
    assert model.path == folder / "analytics" / "posts_by_weekday.sql"
    assert model.merge is None
    assert model.columns == (
        ModelColumn("country", "string", "Country name; NULL if unknown."),
        ModelColumn("week_day", "int", "1 is Sunday."),
        ModelColumn("posts", "bigint", "Posts that day."),
        ModelColumn("latitude", "double", "Mean latitude, in degrees north.", personal=True),
    )
    assert model.lineage == {
        "country": (("cleaned/geo", "country"),),
        "week_day": (("cleaned/geo", "timestamp"),),
        "posts": (),
        "latitude": (("cleaned/geo", "coordinates"),),
    }
    assert loaded.upstreams(address) == ("cleaned/geo",)
    assert address in loaded.downstream("cleaned/geo")
    assert address in loaded.descendants("raw/geo")


def test_its_checks_follow_from_key_and_header(loaded: Catalog) -> None:
    checks = loaded.checks("analytics/posts_by_weekday")
    assert [(c.name, c.blocking, c.is_query) for c in checks] == [
        ("key_not_null", True, False),
        ("key_unique", True, True),
        ("day_exists", True, False),
        ("no_more_than_posts", True, True),
        ("popular", False, False),
    ]
    assert checks[2] == Check("day_exists", "week_day BETWEEN 1 AND 7", blocking=True)


def test_it_runs_and_its_checks_find_violations(loaded: Catalog) -> None:
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA cleaned; CREATE SCHEMA analytics")
    connection.execute(
        """CREATE TABLE cleaned.geo AS SELECT * FROM (VALUES
        (1, 'Chad', [1.0, 2.0]::DOUBLE[], TIMESTAMP '2024-01-07 10:00:00'),
        (2, 'Chad', [2.26, 2.0], TIMESTAMP '2024-01-14 10:00:00'),
        (3, NULL, [9.0, 9.0], TIMESTAMP '2024-01-14 10:00:00')) AS v(ind, country, coordinates, timestamp)"""
    )
    address = "analytics/posts_by_weekday"
    connection.execute(f"CREATE TABLE {address.replace('/', '.')} AS {loaded.models[address].render('duckdb')}")
    assert connection.table(address.replace("/", ".")).fetchall() == [("Chad", 1, 2, 1.6)]

    def violated() -> list[str]:
        queries = {c.name: loaded.render_query(c.violations(address), "duckdb") for c in loaded.checks(address)}
        return [name for name, query in queries.items() if connection.execute(query).fetchall()]

    assert violated() == []
    connection.execute(
        "INSERT INTO analytics.posts_by_weekday VALUES ('Chad', 1, 1, 0), ('Peru', 8, 5, 0), (NULL, 1, 2, 0)"
    )
    assert violated() == ["key_not_null", "key_unique", "day_exists", "no_more_than_posts", "popular"]
