"""The whole lake as it was at a time, and on from there."""

from __future__ import annotations

import shutil

from pinterest_platform_tests.rehearsals.conftest import TABLES, Site, moment, ride


def test_lake_as_it_was_and_on_from_there(site: Site) -> None:
    then, time = site.all_rows(), moment()
    site.land(15, [ride(15), ride(16, fare="free")])
    site("run")
    now = site.all_rows()
    assert all(now[table] != then[table] for table in TABLES)

    assert site("restore", "--as-of", time, "--dry-run").count("would be") == 1
    assert site.all_rows() == now
    site("restore", "--as-of", time)
    assert site.all_rows() == then
    assert "Every table has the rows of its newest version" in site("restore")
    site("run")
    assert site.all_rows() == now


def test_restore_is_taken_back(site: Site) -> None:
    """As long as nothing else was written."""
    now = site.all_rows()
    site("restore", "raw/ride", "--as-of", "2")
    [kept] = (site.lake / "raw/ride/_repaired").iterdir()
    for path in kept.iterdir():
        shutil.move(path, site.lake / "raw/ride/_delta_log" / path.name)
    assert site.all_rows() == now
