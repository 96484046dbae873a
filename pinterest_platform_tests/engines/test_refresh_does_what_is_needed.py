"""A refresh does no more than what changed calls for, and no less."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from pinterest_platform.lake.maintenance import optimize
from pinterest_platform_tests.landing_data import geo, pin, user

QUERY = "SELECT ind, title FROM cleaned.pin ORDER BY ind"


@pytest.fixture
def refreshed(platform, landing):
    """Pins 0..99 cleaned, in offsets 0..99."""
    landing.put(0, [pin(n, title=f"title {n}") for n in range(100)])
    platform.engine.ingest("pin")
    platform.engine.refresh("cleaned/pin")
    return platform


def more(platform, start, lines):
    platform.landing.put(start, lines)
    platform.engine.ingest("pin")
    return platform.engine.refresh("cleaned/pin")


def test_first_refresh(platform, landing):
    landing.put(0, [pin(1), pin(2), pin(1, title="x")])
    platform.engine.ingest("pin")
    result = platform.engine.refresh("cleaned/pin")
    assert (result.address, result.outcome) == ("cleaned/pin", "replaced")
    assert (result.rows_in, result.rows_changed, result.rows_total) == (3, 2, 2)
    assert result.uri.endswith("/lake/cleaned/pin/")


def test_nothing_was_ingested_yet(platform):
    for _ in range(2):
        assert platform.engine.refresh("cleaned/pin").rows_total == 0
        assert platform.engine.refresh("analytics/users_joined_by_year").rows_total == 0


def test_nothing_new(refreshed):
    version = refreshed.version("cleaned/pin")
    result = refreshed.engine.refresh("cleaned/pin")
    assert (result.outcome, result.version, result.rows_changed) == ("unchanged", version, 0)


def test_new_rows_are_merged(refreshed):
    result = more(refreshed, 100, [pin(100), pin(5, title="changed")])
    assert (result.outcome, result.rows_in, result.rows_changed, result.rows_total) == ("merged", 2, 2, 101)
    assert refreshed.rows(QUERY)[5] == (5, "changed")


def test_identical_rows_sent_again_rewrite_nothing(refreshed):
    files = refreshed.files("cleaned/pin")
    result = more(refreshed, 100, [pin(n, title=f"title {n}") for n in range(0, 100, 7)])
    assert (result.outcome, result.rows_in, result.rows_changed) == ("merged", 15, 0)
    assert refreshed.files("cleaned/pin") == files
    assert refreshed.engine.refresh("cleaned/pin").outcome == "unchanged", "it is known that they were looked at"


def test_only_files_with_changed_keys_are_touched(refreshed):
    first = refreshed.files("cleaned/pin")
    more(refreshed, 100, [pin(n) for n in range(100, 200)])
    second = refreshed.files("cleaned/pin") - first
    assert first < refreshed.files("cleaned/pin")
    more(refreshed, 200, [pin(150, title="x"), pin(20, title="title 20")])
    third = refreshed.files("cleaned/pin")
    assert first < third
    assert not second & third
    assert refreshed.rows("SELECT COUNT(*) FROM cleaned.pin") == [(200,)]


def test_late_rows_that_change_nothing(refreshed):
    more(refreshed, 200, [pin(7, title="newest")])
    files = refreshed.files("cleaned/pin")
    assert more(refreshed, 150, [pin(7, title="older")]).rows_changed == 0
    assert refreshed.files("cleaned/pin") == files


def test_optimize_of_raw_between_two_refreshes(refreshed):
    refreshed.landing.put(100, [pin(100)])
    refreshed.engine.ingest("pin")
    optimize(refreshed.lake.require("raw/pin"), ["kafka_offset"])
    result = refreshed.engine.refresh("cleaned/pin")
    assert (result.outcome, result.rows_in) == ("merged", 1)
    optimize(refreshed.lake.require("raw/pin"), [])
    assert refreshed.engine.refresh("cleaned/pin").outcome == "unchanged"
    assert [ind for ind, _ in refreshed.rows(QUERY)] == list(range(101))


def test_new_file_of_raw_compacted_and_vacuumed(refreshed):
    refreshed.landing.put(100, [pin(100)])
    refreshed.engine.ingest("pin")
    optimize(refreshed.lake.require("raw/pin"), [], retention_hours=0)
    assert refreshed.engine.refresh("cleaned/pin").outcome == "replaced"
    assert [ind for ind, _ in refreshed.rows(QUERY)] == list(range(101))


def test_log_of_raw_is_gone(refreshed):
    for offset in (100, 101):
        refreshed.landing.put(offset, [pin(offset)])
        refreshed.engine.ingest("pin")
    raw = refreshed.lake.require("raw/pin")
    raw.create_checkpoint()
    (refreshed.root / f"lake/raw/pin/_delta_log/{raw.version() - 1:020d}.json").unlink()
    assert refreshed.engine.refresh("cleaned/pin").outcome == "replaced"
    assert [ind for ind, _ in refreshed.rows(QUERY)] == list(range(102))


def test_raw_made_anew(refreshed):
    """Its versions count from 0 again, and may have come as far as they were. It has no fewer rows than before."""
    version = refreshed.version("raw/pin")
    shutil.rmtree(refreshed.root / "lake/raw/pin")
    refreshed.engine.close()
    refreshed.landing.path(0).unlink()
    for offset in range(version + 1):
        refreshed.landing.put(50 * offset, map(pin, range(50 * offset, 50 * offset + 50)))
        refreshed.engine.ingest("pin")
    assert refreshed.version("raw/pin") >= version
    assert refreshed.engine.refresh("cleaned/pin").outcome == "replaced"
    assert refreshed.rows(QUERY) == [(n, None) for n in range(50 * version + 50)]


class TestTablesThatAreReplacedWhole:
    ADDRESS = "analytics/users_joined_by_year"

    @pytest.fixture
    def counted(self, platform, landing):
        landing.put(0, [user(1), user(2, first_name="Bob")], record="user")
        self.run(platform)
        return platform

    def run(self, platform):
        platform.engine.ingest("user")
        platform.engine.refresh("cleaned/user")
        return platform.engine.refresh(self.ADDRESS)

    def rows(self, platform):
        return platform.rows("SELECT * FROM analytics.users_joined_by_year")

    def test_result_unchanged(self, counted, landing):
        version = counted.version(self.ADDRESS)
        landing.put(2, [user(3, first_name="Bob")], record="user")
        result = self.run(counted)
        assert (result.outcome, result.version, result.rows_in) == ("unchanged", version, 3)
        assert self.rows(counted) == [(2016, 2)]

    def test_result_changed(self, counted, landing):
        landing.put(2, [user(3, first_name="Eve")], record="user")
        assert self.run(counted).outcome == "replaced"
        assert self.rows(counted) == [(2016, 3)]

    def test_files_of_the_upstream_were_only_joined(self, counted, landing):
        landing.put(2, [user(4, first_name="Eve")], record="user")
        self.run(counted)
        optimize(counted.lake.require("cleaned/user"), [])
        result = counted.engine.refresh(self.ADDRESS)
        assert (result.outcome, result.rows_in) == ("unchanged", 0), "nothing was even computed"

    def test_full_refresh(self, counted):
        result = counted.engine.refresh(self.ADDRESS, full_refresh=True)
        assert (result.outcome, result.rows_changed) == ("replaced", 1)

    def test_result_becomes_empty(self, counted, landing):
        landing.put(
            2, [user(1, date_joined="2001-01-01 00:00:00"), user(2, date_joined="2001-01-01 00:00:00")], record="user"
        )
        assert self.run(counted).outcome == "replaced"
        assert self.rows(counted) == []


def test_whole_graph(platform, landing):
    """Every table, twice over, in the order of the catalog."""
    landing.put(0, [pin(n, follower_count=f"{n}k", poster_name=f"p{n}") for n in range(30)])
    landing.put(0, [geo(n) for n in range(30)], record="geo")
    landing.put(0, [user(n) for n in range(30)], record="user")
    for record in ("pin", "geo", "user"):
        platform.engine.ingest(record)
    models = platform.engine._catalog.models
    first = {address: platform.engine.refresh(address) for address in models}
    assert {result.outcome for result in first.values()} == {"replaced"}
    second = {address: platform.engine.refresh(address) for address in models}
    assert {result.outcome for result in second.values()} == {"unchanged"}
    assert [replace(r, outcome="", seconds=0, rows_in=0, rows_changed=0) for r in first.values()] == [
        replace(r, outcome="", seconds=0, rows_in=0, rows_changed=0) for r in second.values()
    ]
