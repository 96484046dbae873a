"""Streams make the pseudonyms that the batch makes, and do not mix them with names."""

from __future__ import annotations

from contextlib import closing

import pytest

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake.lake import Lake
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pseudonyms import Pseudonyms
from pinterest_platform.settings import Settings
from pinterest_platform.streaming import Stream, StreamError
from pinterest_platform.streaming.writer import Writer
from pinterest_platform_tests.landing_data import pin
from pinterest_platform_tests.streaming.chunks import FIRST, chunk, table_rows

ONE, OTHER = Pseudonyms(b"a secret that nobody can guess"), Pseudonyms(b"another one that nobody can guess")


def add(settings: Settings, stream: Stream, pseudonyms: Pseudonyms | None, number: int, **fields: str) -> None:
    """What a job does that is started with that secret: it commits a pin."""
    session = Session(Lake(settings.lake_root, keep_open=True), "1GB", pseudonyms)
    model = Catalog.load(PINTEREST, pseudonyms).models["cleaned/pin"]
    with closing(session), closing(Writer(session, stream, RECORDS["pin"], model)) as writer:
        writer.add([chunk([pin(number, **fields)], first=FIRST + number)])


def test_as_the_batch_makes_them(settings: Settings, stream: Stream) -> None:
    add(settings, stream, ONE, 1, poster_name=" Zoë 蓝\u00a0")
    add(settings, stream, ONE, 2, poster_name="User Info Error")
    assert table_rows(settings, "stream/pin", "ind, poster_name") == [(1, ONE.of("Zoë 蓝")), (2, None)]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (None, ONE, "its rows have names, not pseudonyms"),
        (ONE, OTHER, "its rows have pseudonyms from another secret"),
        (ONE, None, "its rows have pseudonyms, and cannot be recomputed"),
    ],
)
def test_job_with_another_secret_stops(
    settings: Settings, stream: Stream, before: Pseudonyms | None, after: Pseudonyms | None, told: str
) -> None:
    add(settings, stream, before, 1, poster_name="Ann")
    with pytest.raises(
        StreamError, match=f"stream/pin: {told}.*Restore the previous PINTEREST_PSEUDONYM_SECRET, or move"
    ):
        add(settings, stream, after, 2, poster_name="Bob")
    add(settings, stream, before, 3, poster_name="Bob")
    names = ["Ann", "Bob"] if before is None else sorted([ONE.of("Ann"), ONE.of("Bob")])
    assert sorted(name for (name,) in table_rows(settings, "stream/pin", "poster_name")) == names
