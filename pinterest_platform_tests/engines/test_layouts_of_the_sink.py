"""Whichever folders the sink uses, what landed is in raw, once; what is not read is named."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from pinterest_platform.engines.duckdb.engine import DuckDBEngine
from pinterest_platform.landing.store import LandingError
from pinterest_platform.settings import load_settings
from pinterest_platform_tests.landing_data import PREFIX, Platform, catalog, pin, touch_later, wait_for_settled

TOPIC = f"{PREFIX}.pin"
TIMES = [f"topics/{TOPIC}/year=2026/month=11/day={day:02}/hour={hour:02}/" for day in (27, 28) for hour in (9, 10)]


@pytest.fixture
def platform_of(tmp_path: Path):
    """A platform over the landing zone in `tmp_path`, with settings of its own."""
    opened = []

    def open_with(**settings: str) -> Platform:
        found = load_settings(data=tmp_path, topic_prefix=PREFIX, _env_file=None, **settings)
        opened.append(DuckDBEngine(found, catalog()))
        return Platform(tmp_path, opened[-1])

    yield open_with
    for engine in opened:
        engine.close()


def put(root: Path, folder: str, start: int, lines: Iterable[bytes], *, partition: int = 0) -> Path:
    path = root / "landing" / folder / f"{TOPIC}+{partition}+{start:010}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def numbered(*offsets: int) -> list[bytes]:
    """Lines that say their offsets, as Connect's InsertField has them do."""
    return [json.dumps(json.loads(pin(n)) | {"_offset": n}).encode() for n in offsets]


@pytest.mark.parametrize(
    "folders",
    [
        TIMES,
        [f"topics/{TOPIC}/{day}/" for day in ("2026-11-27", "2026-11-28")],
        [f"topics/{TOPIC}/category={name}/" for name in ("art", "2026", "a+b c")],
        [f"topics/{TOPIC}/"],
        [f"topics/{TOPIC}/partition=00/"],
    ],
    ids=["times", "days", "field", "no folder", "padded partition"],
)
def test_every_record_is_in_raw_once(folders: list[str], platform_of, tmp_path: Path) -> None:
    platform = platform_of()
    for number in range(8):
        put(tmp_path, folders[number % len(folders)], number * 10, map(pin, range(number * 10, number * 10 + 10)))
        put(tmp_path, folders[0], number, [pin(number)], partition=7)
    assert platform.engine.ingest("pin").rows_added == 88
    again = put(tmp_path, folders[-1], 80, [pin(80)])
    assert platform.engine.ingest("pin").rows_added == 1
    touch_later(again)
    put(tmp_path, folders[-1], 80, [pin(80), pin(81)])
    result = platform.engine.ingest("pin")
    assert (result.rows_added, result.positions, result.strangers) == (1, {0: 82, 7: 8}, ())
    assert platform.offsets() == list(range(82))
    assert platform.engine.ingest("pin").rows_added == 0
    assert platform.engine.ingest("pin", full_refresh=True).rows_total == 90


def test_records_of_neighbouring_offsets_in_several_folders(platform_of, tmp_path: Path) -> None:
    """They are told apart by the offsets that they carry."""
    put(tmp_path, f"topics/{TOPIC}/category=art/", 0, numbered(0, 3, 5))
    platform = platform_of()
    platform.engine.ingest("pin")
    put(tmp_path, f"topics/{TOPIC}/category=music/", 1, numbered(1, 2, 4))
    assert platform.engine.ingest("pin").rows_added == 3
    assert platform.offsets() == list(range(6))


@pytest.mark.parametrize("together", [True, False], ids=["in one run", "in two runs"])
def test_neighbours_in_several_folders_that_do_not_say_their_offsets(together: bool, platform_of, tmp_path) -> None:
    """One of two records of one offset would be taken for known and lost."""
    platform = platform_of()
    put(tmp_path, f"topics/{TOPIC}/category=art/", 0, [pin(0), pin(3), pin(5)])
    if not together:
        platform.engine.ingest("pin")
    put(tmp_path, f"topics/{TOPIC}/category=music/", 1, [pin(1), b"no json", pin(4)])
    with pytest.raises(LandingError) as error:
        platform.engine.ingest("pin")
    assert "different records at offset 1 of partition 0" in str(error.value)
    assert "InsertField" in str(error.value)
    assert platform.engine.query("SELECT COUNT(*) FROM raw.pin").rows == [(0 if together else 3,)]


def test_neighbours_whose_texts_are_cut_at_other_places(platform_of, tmp_path: Path) -> None:
    platform = platform_of()
    put(tmp_path, f"topics/{TOPIC}/category=art/", 0, [pin(0, title="a|b", description="c"), pin(3)])
    put(tmp_path, f"topics/{TOPIC}/category=music/", 0, [pin(0, title="a", description="b|c"), pin(3)])
    with pytest.raises(LandingError, match="different records at offset 0 of partition 0"):
        platform.engine.ingest("pin")


def test_record_written_again_into_another_hour(platform_of, tmp_path: Path) -> None:
    """As a sink does that died before it had told how far it was."""
    wait_for_settled(put(tmp_path, TIMES[0], 0, map(pin, range(5))))
    platform = platform_of()
    platform.engine.ingest("pin")
    put(tmp_path, TIMES[1], 2, map(pin, range(2, 9)))
    result = platform.engine.ingest("pin")
    assert (result.rows_added, result.rows_known) == (4, 3)
    assert platform.offsets() == list(range(9))


def test_late_record_in_an_old_folder(platform_of, tmp_path: Path) -> None:
    put(tmp_path, TIMES[-1], 0, [pin(0)])
    platform = platform_of()
    platform.engine.ingest("pin")
    put(tmp_path, f"topics/{TOPIC}/year=2019/month=01/day=02/hour=03/", 1, [pin(1)])
    assert platform.engine.ingest("pin").rows_added == 1


@pytest.mark.parametrize("topics_dir", ["raw", "a/b c", "."])
def test_other_folder_of_topics(topics_dir: str, platform_of, tmp_path: Path) -> None:
    put(tmp_path, f"{topics_dir}/{TOPIC}/partition=0/", 0, [pin(0)])
    assert platform_of(landing_topics_dir=topics_dir).engine.ingest("pin").rows_added == 1


def test_folder_beside_those_of_partitions_is_named(platform_of, tmp_path: Path) -> None:
    put(tmp_path, f"topics/{TOPIC}/partition=0/", 0, [pin(0)])
    put(tmp_path, f"topics/{TOPIC}/year=2026/", 1, [pin(1)])
    put(tmp_path, f"topics/{TOPIC}/", 2, [pin(2)])
    beside = (f"topics/{TOPIC}/year=2026/", f"topics/{TOPIC}/{TOPIC}+0+0000000002.json")
    result = platform_of().engine.ingest("pin")
    assert (result.rows_added, result.strangers) == (1, beside)
    assert platform_of(landing_layout="time").engine.ingest("pin").rows_added == 2, "the setting says to read them too"


def test_names_that_are_no_objects_are_named_in_every_layout(platform_of, tmp_path: Path) -> None:
    put(tmp_path, TIMES[0], 0, [pin(0)])
    (tmp_path / "landing" / TIMES[0] / "notes.txt").write_text("")
    (tmp_path / "landing" / TIMES[0] / ".hidden").write_text("")
    assert platform_of().engine.ingest("pin").strangers == (f"{TIMES[0]}notes.txt",)


def test_landing_zone_without_the_folder_of_topics(platform_of, tmp_path: Path) -> None:
    put(tmp_path, f"raw/{TOPIC}/partition=0/", 0, [pin(0)])
    assert platform_of().engine.ingest("pin").strangers == ("raw/",)
