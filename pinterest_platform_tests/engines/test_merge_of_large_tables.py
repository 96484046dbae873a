"""Updates all over a table of many files: it is written file by file, so that no more is sorted than one file holds."""

from __future__ import annotations

import os
from itertools import pairwise

import pytest

from pinterest_platform.engines.duckdb.engine import DuckDBEngine
from pinterest_platform.lake import files
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.settings import load_settings
from pinterest_platform_tests.landing_data import PREFIX, Platform, catalog, pin

ROWS = 4_000
#: Text that no codec makes small.
TEXT = [os.urandom(200).hex() for _ in range(97)]


@pytest.fixture
def large(platform, monkeypatch):
    """Cleaned pins in several data files."""
    monkeypatch.setattr(files, "_FILE_BYTES", 100_000)
    platform.landing.put(0, [pin(n, title=f"{n}{TEXT[n % 97][n % 89 :]}") for n in range(ROWS)])
    platform.engine.ingest("pin")
    platform.engine.refresh("cleaned/pin")
    return platform


def ranges(platform: Platform) -> list[tuple[int, int]]:
    """Lowest and highest key of each data file."""
    actions = platform.lake.require("cleaned/pin").get_add_actions(flatten=True)
    found = sorted(zip(actions.column("min.ind").to_pylist(), actions.column("max.ind").to_pylist(), strict=True))
    assert all(high < low for (_, high), (low, _) in pairwise(found))
    return found


def test_each_file_keeps_its_keys(large):
    before = ranges(large)
    assert len(before) >= 4
    updated = range(0, ROWS, 50)
    large.landing.put(ROWS, [pin(n, title="new") for n in (*updated, ROWS, ROWS + 1)])
    large.engine.ingest("pin")
    assert large.engine.refresh("cleaned/pin").rows_changed == len(updated) + 2
    assert large.rows("SELECT COUNT(*), COUNT(DISTINCT ind) FROM cleaned.pin") == [(ROWS + 2, ROWS + 2)]
    assert large.rows("SELECT COUNT(*) FROM cleaned.pin WHERE title = 'new'") == [(len(updated) + 2,)]
    assert ranges(large) == [*before, (ROWS, ROWS + 1)]


def test_too_little_memory_names_the_setting(large, tmp_path):
    before = large.version("cleaned/pin")
    large.landing.put(ROWS, [pin(n, title="new") for n in range(0, ROWS, 50)])
    large.engine.ingest("pin")
    settings = load_settings(
        data=tmp_path, topic_prefix=PREFIX, source_url="", memory_limit="10MB", landing="", lake="", _env_file=None
    )
    confined = DuckDBEngine(settings, catalog())
    told = r"cleaned/pin.*: Out of Memory Error: [^\n]*\. Raise PINTEREST_MEMORY_LIMIT, then run again\."
    with pytest.raises(LakeError, match=told):
        confined.refresh("cleaned/pin")
    confined.close()
    assert large.version("cleaned/pin") == before
