"""A deployment that was wrong is taken back: of a model that computes nonsense, of a record with another column."""

from __future__ import annotations

from pinterest_platform_tests.rehearsals.conftest import Site, moment, ride


def edit(site: Site, file: str, old: str, new: str) -> str:
    """Deploy another version of a file; what it was before."""
    path = site.folder / file
    before = path.read_text()
    assert old in before
    path.write_text(before.replace(old, new))
    return before


def test_model_that_computes_nonsense(site: Site) -> None:
    """The old SQL is another one again, so its table is computed whole, and what is made of it."""
    before = site.all_rows()
    good = edit(site, "models/cleaned/ride.sql", "  fare\n", "  0 * fare AS fare\n")
    site("run")
    assert site.rows("cleaned/ride") != before["cleaned/ride"]
    (site.folder / "models/cleaned/ride.sql").write_text(good)
    site("run")
    assert site.all_rows() == before


def test_record_that_rejects_what_is_good(site: Site) -> None:
    """Rows from before break the new rule, and nothing is computed of them. What was rejected is read again."""
    good = edit(site, "rides_domain.py", "maximum=1000", "maximum=1")
    site.land(15, [ride(15, distance_km=4.0)])
    assert "rules: rows_fit_schema" in site("run", fails=True)
    assert len(site.rows("raw/ride")) == 13
    (site.folder / "rides_domain.py").write_text(good)
    assert "raw/ride: 1 lines moved from rejected" in site("rejected", "--retry")
    site("run")
    assert len(site.rows("raw/ride")) == 14
    assert len(site.rows("cleaned/ride")) == 12


def test_record_with_a_column_that_goes_again(site: Site) -> None:
    """The version before knows no such column and refuses the table, until that is as it was before the deployment."""
    before_it = moment()
    good = edit(
        site,
        "rides_domain.py",
        '        Column("fare"',
        '        Column("tip", "double", "Tip."),\n        Column("fare"',
    )
    site.land(15, [ride(15, tip=1.0)])
    site("run")
    assert '"tip": 1.0' in "".join(site.rows("raw/ride"))
    (site.folder / "rides_domain.py").write_text(good)
    told = site("run", fails=True)
    assert "column tip is no longer declared" in told
    assert "`pinterest-platform restore raw/ride --as-of TIME`" in told

    site("restore", "raw/ride", "--as-of", before_it)
    site("run")
    rows = site.rows("raw/ride")
    assert len(rows) == 14
    assert "tip" not in "".join(rows)
    assert len(site.rows("cleaned/ride")) == 12
