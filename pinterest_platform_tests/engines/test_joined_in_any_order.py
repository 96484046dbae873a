"""A table that joins others by their keys, after any arrivals, compactions and refreshes."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinterest_platform.lake import files
from pinterest_platform_tests.engines.test_joined_by_key import ADDRESS, RECORDS, Posts, each
from pinterest_platform_tests.landing_data import open_platform, tombstone

#: Lines of a record: (entities, a value; - for tombstones). Few of them change a row that is there.
LINES = st.tuples(
    st.sampled_from(sorted(RECORDS)), st.lists(st.integers(0, 30), min_size=1, max_size=6), st.sampled_from("aaab-")
)
STEPS = st.lists(
    st.tuples(st.lists(LINES, max_size=3), st.sampled_from(["refresh", "refresh", "optimize", "optimize it", "wait"])),
    min_size=2,
    max_size=5,
)
VALUES = {"pin": "category", "geo": "country", "user": "date_joined"}


def line(record: str, entity: int, value: str) -> bytes:
    if value == "-":
        return tombstone(entity)
    return RECORDS[record](entity, **{VALUES[record]: value if record != "user" else f"201{ord(value) % 10}-01-01"})


@given(steps=STEPS, file_bytes=st.sampled_from([128 * 2**20, 1]))
@settings(deadline=None)
def test_any_arrivals(tmp_path_factory, steps, file_bytes):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(files, "_FILE_BYTES", file_bytes)
        platform = open_platform(tmp_path_factory.mktemp("joined"))
        posts = Posts(platform, platform.engine)
        posts.refresh(**each([40]))
        for arrived, action in steps:
            lines = defaultdict(list)
            for record, entities, value in arrived:
                lines[record] += [line(record, entity, value) for entity in entities]
            for record, made in lines.items():
                posts.clean(record, made)
            addresses = [ADDRESS] if action == "optimize it" else [f"cleaned/{record}" for record in RECORDS]
            for address in addresses if action.startswith("optimize") else ():
                posts.optimize(address)
            if action != "wait":
                posts.refresh()
        posts.refresh()
        assert posts.refresh().outcome == "unchanged"
        platform.engine.close()
