"""Generated sources are made once, made again where that is asked for, and never in place of anybody's own files."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pinterest_platform.retail.generator.folder import FolderError, fill


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "retail/sources"
    fill(folder, scale=0.002, seed=1)
    return folder


def test_same_sources_are_left_alone(folder: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    made, is_new = fill(folder, scale=0.002, seed=1)
    assert not is_new
    assert made.rows["orders"] == 240
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_missing_file_is_made_again(folder: Path) -> None:
    before = contents(folder)
    (folder / "date_details.json").unlink()
    assert fill(folder, scale=0.002, seed=1)[1]
    assert contents(folder).keys() == before.keys()
    assert contents(folder)["date_details.json"] == before["date_details.json"]


def test_others_take_their_place_only_where_that_is_asked_for(folder: Path) -> None:
    before = contents(folder)
    with pytest.raises(FolderError, match=r"of scale 0\.002 and seed 1, not .* seed 2\. .*--replace"):
        fill(folder, scale=0.002, seed=2)
    assert contents(folder) == before
    assert fill(folder, scale=0.002, seed=2, replace=True)[1]
    assert {name for name in before if before[name] == contents(folder)[name]} == set()
    assert [path.name for path in folder.parent.iterdir()] == ["sources"]


def changed(folder: Path) -> str:
    with sqlite3.connect(folder / "retail.sqlite") as database:
        database.execute("UPDATE legacy_users SET company = 'Mine'")
    return "retail.sqlite"


def replaced(folder: Path) -> str:
    (folder / "products.csv").write_text("mine")
    return "products.csv"


def beside(folder: Path) -> str:
    (folder / "notes.txt").write_text("mine")
    return "notes.txt"


def without_the_note(folder: Path) -> str:
    (folder / "generated.json").unlink()
    return "card_details.pdf, date_details.json, products.csv, retail.sqlite, stores.jsonl"


def note_damaged(folder: Path) -> str:
    (folder / "generated.json").write_text("{")
    return "card_details.pdf, date_details.json, products.csv, retail.sqlite, stores.jsonl"


@pytest.mark.parametrize("touch", [changed, replaced, beside, without_the_note, note_damaged])
@pytest.mark.parametrize("replace", [False, True])
def test_what_was_not_generated_stays(folder: Path, touch, replace: bool) -> None:
    named = touch(folder)
    before = contents(folder)
    for seed in (1, 2):
        with pytest.raises(FolderError, match=f"holds {named}, not made by this program or changed since"):
            fill(folder, scale=0.002, seed=seed, replace=replace)
    assert contents(folder) == before


def test_what_a_killed_one_left_is_no_hindrance(folder: Path) -> None:
    for left in (".sources.new", ".sources.old"):
        (folder.parent / left).mkdir()
        (folder.parent / left / "products.csv").write_text("half")
    assert fill(folder, scale=0.002, seed=2, replace=True)[1]
    assert [path.name for path in folder.parent.iterdir()] == ["sources"]
    assert len(contents(folder)) == 6


def test_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "retail").write_text("a file")
    with pytest.raises(FolderError, match="Let this user write there"):
        fill(tmp_path / "retail/sources", scale=0.002, seed=1)
