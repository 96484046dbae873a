"""What a report reads of a lake, as it is and as it was, and what changed in between."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.maintenance import optimize
from pinterest_platform.report.compare import changes
from pinterest_platform.report.page import render
from pinterest_platform.report.reading import Arrived
from pinterest_platform_tests.landing_data import Platform, geo, open_platform, pin, user
from pinterest_platform_tests.report.basis import basis
from pinterest_platform_tests.report.lakes import CATALOG, ROWS, compute, post, read


def assert_posts_are_those_that_sql_counts(platform: Platform, joined: int) -> None:
    for address, result in read(platform).results.items():
        sql = basis(CATALOG, result.model)
        assert sql is not None
        [(rows,)] = platform.rows(sql)
        # The SQL counts authors, each once; the report the posts they wrote.
        assert result.resting == (joined if address == "analytics/users_joined_by_year" else rows) > 0, address


def test_posts_of_each_result_are_those_that_its_sql_counts(lake: Platform) -> None:
    assert_posts_are_those_that_sql_counts(lake, ROWS)


def test_posts_of_each_result_where_facts_are_missing(tmp_path: Path) -> None:
    platform = open_platform(tmp_path)
    known = {"poster_name": "Ann", "follower_count": "5k"}
    pins = [pin(number, **known) for number in range(8)]
    pins += [pin(8, poster_name="Bob"), pin(9, follower_count="7"), pin(10, **known, category=" ")]
    places = [geo(number) for number in (0, 1, 2, 3, 8, 9, 10)]
    places += [geo(4, country=None), geo(5, timestamp="2017-05-05 05:05:05")]
    authors = [user(number) for number in (0, 4, 5, 6, 8, 9, 10)]
    authors += [user(1, age=12), user(2, age=None), user(3, date_joined="2022-02-02 02:02:02")]
    for record, lines in (("pin", pins), ("geo", places), ("user", authors)):
        platform.landing.put(0, lines, record=record)
    compute(platform)
    assert_posts_are_those_that_sql_counts(platform, 9)
    platform.engine.close()


def test_what_arrived_and_what_became_of_it(lake: Platform) -> None:
    found = read(lake)
    assert list(found.arrived) == [
        Arrived("pin", received=ROWS + 103, rejected=3, superseded=100, current=ROWS),
        Arrived("geo", received=ROWS + 100, rejected=0, superseded=100, current=ROWS),
        Arrived("user", received=ROWS + 100, rejected=0, superseded=100, current=ROWS),
    ]
    assert [(reason, lines) for _, reason, lines in found.reasons] == [
        ("unique_id: missing or null, and it is required", 2),
        ("not JSON: expected one JSON object", 1),
    ]
    assert [(found.newest_event,)] == lake.rows("SELECT MAX(geo.timestamp) FROM cleaned.geo AS geo")
    assert sum(found.amounts.values()) == ROWS
    assert {table.address: table.version for table in found.tables} == {a: lake.version(a) for a in CATALOG.addresses}


def test_as_it_was_at_a_version_and_just_after_it(lake: Platform) -> None:
    first = read(lake, "1")
    assert [one.current for one in first.arrived] == [ROWS // 2] * 3
    assert not first.reasons
    assert sum(count for *_, count in first.results["analytics/category_popularity_by_year"].rows) <= ROWS // 2
    committed = first.committed
    assert committed is not None
    assert read(lake, committed.isoformat()).results == first.results
    newest = read(lake, str(lake.version("cleaned/pin")))
    assert newest.results == read(lake).results
    nothing = read(lake, "2000-01-01")
    assert all(table.version is None for table in nothing.tables)
    assert not any(result.rows for result in nothing.results.values())


def test_versions_that_there_are_not(lake: Platform) -> None:
    with pytest.raises(LakeError, match=r"cleaned/pin: has no version 99\. The newest version is \d"):
        read(lake, "99")
    with pytest.raises(LakeError, match="as_of='yesterday' is neither a version number nor an ISO 8601 time"):
        read(lake, "yesterday")


def test_version_whose_files_are_gone(lake: Platform, tmp_path: Path) -> None:
    shutil.copytree(lake.root, tmp_path / "copy")
    copy = open_platform(tmp_path / "copy")
    optimize(copy.lake.require("cleaned/pin"), ("ind",), retention_hours=0)
    with pytest.raises(LakeError, match="cleaned/pin: version 1 can no longer be read"):
        read(copy, "1")
    copy.engine.close()


def test_changes_since_a_version(lake: Platform) -> None:
    before, now = read(lake, "1"), read(lake)
    page = render(now, before)
    assert "Compared with version 1 of cleaned/pin" in page
    assert f'<td class="n">{ROWS // 2 + 100:,}</td>' in page, "received since then, of geo and user"
    address = "analytics/users_joined_by_year"
    (year, then), (same, later) = before.results[address].rows[0], now.results[address].rows[0]
    assert year == same
    assert f"{year}: number users joined {then} → {later}" in page
    assert "Before: “" in page


def test_changes_are_told_by_key() -> None:
    model = CATALOG.models["analytics/most_popular_category_by_year"]
    before = [(2018, "art", 1000), (2019, "art", 5), (2019, "quotes", 5)]
    after = [(2018, "art", 12000), (2019, "travel", 6)]
    told = changes(model, before, after)
    assert told.summary == "1 row changed, 1 row new and 2 rows gone."
    assert told.lines == [
        "2018, art: category count 1000 → 12,000",
        "new: 2019, travel, category count 6",
        "gone: 2019, art, category count 5",
        "gone: 2019, quotes, category count 5",
    ]
    assert changes(model, before, before).summary == "Nothing changed."
    many = [(2018, f"category {place}", place) for place in range(30)]
    assert changes(model, [], many).lines[-1] == "and 20 more"


def test_a_lake_with_nothing_in_it(tmp_path: Path) -> None:
    platform = open_platform(tmp_path)
    page = render(read(platform))
    assert "The lake has no tables yet" in page
    assert "Nothing has arrived yet." in page
    post(platform, 0, 1)
    assert '<p class="lead">1 post as' in render(read(platform))
    platform.engine.close()
