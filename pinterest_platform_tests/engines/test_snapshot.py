"""A table as it was at a version or time, beside the lake's tables."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime

import pytest

from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.maintenance import optimize
from pinterest_platform_tests.landing_data import open_platform, pin


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with `cleaned/pin`, one more pin in each version from 1 to 3."""
    platform = open_platform(tmp_path_factory.mktemp("made"))
    for number in range(3):
        platform.landing.put(number, [pin(number)])
        platform.engine.ingest("pin")
        platform.engine.refresh("cleaned/pin")
    platform.engine.close()
    return platform.root


@pytest.fixture(scope="module")
def unchanged(made):
    """For tests that change nothing."""
    platform = open_platform(made)
    yield platform
    platform.engine.close()


@pytest.fixture
def history(made, platform):
    """The same in a folder of the test's own."""
    shutil.copytree(made, platform.root, dirs_exist_ok=True)
    return platform


def copied(platform, result):
    return [ind for (ind,) in platform.engine._session.rows(f"SELECT ind FROM delta_scan('{result.uri}') ORDER BY ind")]


@pytest.mark.parametrize("version", [0, 1, 2, 3])
def test_version(history, version):
    result = history.engine.refresh("cleaned/pin", as_of=str(version))
    assert (result.address, result.version) == (f"as_of/v{version}/cleaned/pin", version)
    assert (result.outcome, result.rows_total) == ("replaced", version)
    assert copied(history, result) == list(range(version))
    assert history.rows("SELECT COUNT(*) FROM cleaned.pin") == [(3,)], "the table itself is left alone"
    assert history.version("cleaned/pin") == 3
    again = history.engine.refresh("cleaned/pin", as_of=f"0{version}")
    assert (again.outcome, again.uri, again.rows_total) == ("unchanged", result.uri, version)


@pytest.mark.parametrize(
    ("as_of", "version"),
    [
        ("2040-01-01T10:01:00", 1),
        ("2040-01-01T10:02:30", 2),
        ("2040-01-01T10:02:30Z", 2),
        ("2040-01-01T15:32:30+05:30", 2),
        ("2040-01-01 10:02:59.999", 2),
        ("2040-01-02", 3),
    ],
)
def test_time(history, as_of, version):
    """Delta's time of a version is that of its log entry."""
    for entry in (history.root / "lake/cleaned/pin/_delta_log").glob("*.json"):
        written = datetime(2040, 1, 1, 10, int(entry.stem), tzinfo=UTC).timestamp()
        os.utime(entry, (written, written))
    result = history.engine.refresh("cleaned/pin", as_of=as_of)
    assert (result.version, copied(history, result)) == (version, list(range(version)))


def test_time_to_come(history):
    result = history.engine.refresh("cleaned/pin", as_of="2999-01-01")
    assert (result.address, result.version) == ("as_of/29990101T000000Z/cleaned/pin", 3)
    history.landing.put(3, [pin(3)])
    history.engine.ingest("pin")
    history.engine.refresh("cleaned/pin")
    result = history.engine.refresh("cleaned/pin", as_of="2999-01-01")
    assert (result.outcome, result.version, copied(history, result)) == ("replaced", 4, [0, 1, 2, 3])


@pytest.mark.parametrize(
    ("as_of", "message"),
    [
        ("4", "cleaned/pin: has no version 4. The newest version is 3"),
        ("9" * 30, f"has no version {'9' * 30}. The newest version is 3"),
        ("2001-02-03", r"has no version at 2001-02-03T00:00:00\+00:00\. The oldest known version is from 20"),
        ("-1", "as_of='-1' is neither a version number nor an ISO 8601 time such as 2026-11-20T08:00:00"),
        ("9" * 5000, "is neither a version number nor"),
        ("yesterday", "is neither a version number nor"),
        ("", "as_of='' is neither a version number nor"),
        ("1.0", "is neither a version number nor"),
        ("１", "is neither a version number nor"),
        ("2026-13-01", "is neither a version number nor"),
        ("0001-01-01T00:00:00+10:00", "is neither a version number nor"),
    ],
)
def test_nonsense(unchanged, as_of, message):
    with pytest.raises(LakeError, match=message):
        unchanged.engine.refresh("cleaned/pin", as_of=as_of)
    assert not (unchanged.root / "lake" / "as_of").exists()


def test_beyond_the_retention(history):
    optimize(history.lake.require("cleaned/pin"), ["ind"], retention_hours=0)
    newest = history.version("cleaned/pin")
    with pytest.raises(
        LakeError, match=rf"cleaned/pin: version 2 can no longer be read, .* The newest version is {newest}"
    ):
        history.engine.refresh("cleaned/pin", as_of="2")
    assert history.engine.refresh("cleaned/pin", as_of=str(newest)).rows_total == 3


def test_raw_table(history):
    assert history.engine.refresh("raw/pin", as_of="2").rows_total == 2


def test_table_that_was_not_made_yet(platform):
    with pytest.raises(LakeError, match="cleaned/geo: no such table"):
        platform.engine.refresh("cleaned/geo", as_of="0")
