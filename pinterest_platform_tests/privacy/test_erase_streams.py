"""A person is erased from tables of streams and from live results; reading a stream again does not bring them back."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake.errors import LakeConflictError
from pinterest_platform.lake.lake import Lake
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.pinterest.live import LiveResults
from pinterest_platform.privacy.erasure import Eraser
from pinterest_platform.privacy.predicate import parse_predicate
from pinterest_platform.pseudonyms import Pseudonyms
from pinterest_platform.settings import Settings
from pinterest_platform.streaming import load_streams
from pinterest_platform.streaming.catalog import load_catalog
from pinterest_platform.streaming.errors import StreamError
from pinterest_platform.streaming.source import Chunk
from pinterest_platform.streaming.writer import Writer
from pinterest_platform_tests.landing_data import pin, user
from pinterest_platform_tests.privacy.person import FIRST, KEY, LAST, TRACES, WHERE, person, traces
from pinterest_platform_tests.streaming.chunks import FIRST as NUMBER
from pinterest_platform_tests.streaming.chunks import catalog, chunk, session_of, settings_of, table_rows


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path)


def written(settings: Settings, record: str, *chunks: Chunk) -> None:
    with closing(session_of(settings)) as session, closing(writer_of(settings, record, session)) as writer:
        writer.add(chunks)


def writer_of(settings: Settings, record: str, session: Session) -> Writer:
    stream = load_streams(settings, catalog())[record]
    return Writer(session, stream, PINTEREST.records[record], catalog().models[stream.model])


def erase(settings: Settings, record: str, where: str) -> None:
    with closing(Eraser(settings, PINTEREST)) as eraser:
        predicate = parse_predicate(where, PINTEREST.records[record])
        eraser.finish(eraser.begin(predicate, eraser.find(predicate)), lambda: 0, lambda _: None)


def keys(settings: Settings, address: str = "stream/user") -> list[int]:
    return [key for (key,) in table_rows(settings, address, "ind")]


#: Records of a stream, of which the person's are the second and the third.
RECORDS: Sequence[bytes] = (user(1), person(), person(KEY, age="old"), user(2), b"garbage")


def test_person_who_is_in_a_stream_only(settings, tmp_path):
    written(settings, "user", chunk(RECORDS))
    erase(settings, "user", WHERE)
    assert traces(tmp_path / "lake") == []
    assert keys(settings) == [1, 2]
    assert table_rows(settings, "stream/rejected", "line") == [("garbage",)]
    written(settings, "user", chunk(RECORDS[1:3], first=NUMBER + 1))
    assert keys(settings) == [1, 2]
    assert traces(tmp_path / "lake") == []


def test_person_who_landed_too_is_known_wherever_the_stream_has_them(settings, tmp_path):
    """By any condition: what the stream keeps is compared with what was found elsewhere."""
    folder = tmp_path / "landing/topics/p.user/partition=0"
    folder.mkdir(parents=True)
    (folder / "p.user+0+0000000000.json").write_bytes(person() + b"\n" + user(1) + b"\n")
    written(settings, "user", chunk(RECORDS[:2]))
    erase(settings, "user", f"ind > {KEY - 1}")
    assert keys(settings) == [1]
    written(settings, "user", chunk([person(), user(3)], first=NUMBER + 700))
    assert keys(settings) == [1, 3]
    assert traces(tmp_path / "lake", tmp_path / "landing") == []


def test_job_that_is_at_work_stops_and_goes_on_when_started_again(settings):
    with closing(session_of(settings)) as session, closing(writer_of(settings, "user", session)) as writer:
        writer.add([chunk(RECORDS[:2])])
        erase(settings, "user", WHERE)
        with pytest.raises(LakeConflictError, match="records were erased meanwhile"):
            writer.add([chunk([person(), user(3)], first=NUMBER + 10)])
    written(settings, "user", chunk([user(3)], first=NUMBER + 10))
    assert keys(settings) == [1, 3]


def test_live_results_forget_a_poster(settings, tmp_path):
    name = f"{FIRST} {LAST}"
    written(settings, "pin", chunk([pin(1, poster_name="Ann"), pin(2, poster_name=name), pin(3, poster_name=name)]))
    with closing(LiveResults(settings)) as live:
        live.update()
    assert any("live/top_posters" in path for path in traces(tmp_path / "lake"))
    erase(settings, "pin", f"poster_name = '{name}'")
    assert traces(tmp_path / "lake") == []
    assert table_rows(settings, "live/top_posters", "poster_name, post_count") == [("Ann", 1)]
    with closing(LiveResults(settings)) as live:
        live.update()
    assert table_rows(settings, "live/posts_by_category", "post_count") == [(1,)]


def test_person_whose_name_is_a_pseudonym_in_the_stream(tmp_path):
    """What the stream's model makes of the person is looked for, with the secret that it was made by."""
    settings = settings_of(tmp_path, pseudonym_secret="a secret that nobody can guess")
    models = load_catalog(settings, PINTEREST)
    name = Pseudonyms(b"a secret that nobody can guess").of(f"{FIRST} {LAST}")
    with closing(Session(Lake(settings.lake_root, keep_open=True), "1GB", models.pseudonyms)) as session:
        stream = load_streams(settings, models)["user"]
        with closing(Writer(session, stream, PINTEREST.records["user"], models.models[stream.model])) as writer:
            writer.add([chunk(RECORDS)])
    assert traces(tmp_path / "lake/stream/user", of=(name,))
    with pytest.raises(
        StreamError, match=r"stream/user: its rows have pseudonyms, .* Restore the previous PINTEREST_PSEUDONYM"
    ):
        erase(settings_of(tmp_path), "user", WHERE)
    erase(settings, "user", WHERE)
    assert traces(tmp_path / "lake", of=(*TRACES, name)) == []
    assert keys(settings) == [1, 2]
