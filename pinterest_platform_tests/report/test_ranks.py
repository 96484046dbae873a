"""Ranks in place of names."""

from __future__ import annotations

from pathlib import Path

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines.duckdb.engine import DuckDBEngine
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.pseudonyms import Pseudonyms
from pinterest_platform.report.publish import publish
from pinterest_platform.report.ranks import with_ranks
from pinterest_platform_tests.landing_data import catalog, geo, open_platform, pin, user
from pinterest_platform_tests.report.lakes import compute, settings

TOP = catalog().models["analytics/top_user_by_country"]


def test_most_followers_come_first() -> None:
    rows = [("Aruba", "Ann", 5), ("Chad", "Bob", 9), ("Fiji", "Cy", None), ("Mali", "Ann", 7), ("Oman", "Dan", 7)]
    assert with_ranks(TOP, rows) == [
        ("Aruba", "#2", 5),
        ("Chad", "#1", 9),
        ("Fiji", "#4", None),
        ("Mali", "#2", 7),
        ("Oman", "#3", 7),
    ]


def test_a_result_that_tells_of_nobody_stays_as_it_is() -> None:
    joined = catalog().models["analytics/users_joined_by_year"]
    assert with_ranks(joined, [(2016, 3)]) == [(2016, 3)]


def test_page_shows_ranks_where_names_are_pseudonyms(tmp_path: Path) -> None:
    platform, secret = open_platform(tmp_path), Pseudonyms(b"a secret that nobody can guess")
    platform.landing.put(0, [pin(n, poster_name=f"Poster {n}", follower_count=f"{n}k") for n in (1, 2)])
    platform.landing.put(0, [geo(n, country=("Chad", "Fiji")[n - 1]) for n in (1, 2)], record="geo")
    platform.landing.put(0, [user(n) for n in (1, 2)], record="user")
    compute(platform)
    pages = {}
    for pseudonyms in (None, secret):
        known = Catalog.load(PINTEREST, pseudonyms)
        engine = DuckDBEngine(settings(platform), known)
        for address in known.models:
            engine.refresh(address)
        published = publish(settings(platform), known, engine)
        assert published.outcome == "replaced"
        pages[pseudonyms] = Path(published.uri).read_text()
        engine.close()
    assert "With 2,000 followers, Poster 2 (Fiji) has the most" in pages[None]
    assert "With 2,000 followers, #1 (Fiji) has the most" in pages[secret]
    for n in (1, 2):
        assert f"Poster {n}" not in pages[secret]
        assert secret.of(f"Poster {n}") not in pages[secret]
