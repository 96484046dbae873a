"""Filling a source from a folder of JSON lines."""

from __future__ import annotations

import json

import pytest

from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.pinterest.source.folder import FolderPostings
from pinterest_platform.pinterest.source.generator import generate
from pinterest_platform.pinterest.source.loading import load, load_folder
from pinterest_platform.pinterest.source.source_tables import SourceError

ROWS = 40


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "rows"
    folder.mkdir()
    for record in RECORDS:
        lines = [json.dumps(posting.record(record), ensure_ascii=False) for posting in generate(ROWS, 3)]
        (folder / f"{record}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/source.db"


def stored(url):
    with SourceDatabase(url) as source:
        return [posting for batch in source.read_in_order() for posting in batch]


def test_what_is_stored_is_what_lies_there(folder, url):
    assert load_folder(url, FolderPostings(folder)) == ROWS
    assert stored(url) == list(generate(ROWS, 3))
    assert load_folder(url, FolderPostings(folder)) == 0


def test_a_part_is_completed(folder, url):
    load(url, ROWS, 3)
    for record in RECORDS:
        path = folder / f"{record}.jsonl"
        line = {**generate_row(record, ROWS), RECORDS[record].key: ROWS}
        path.write_text(path.read_text(encoding="utf-8") + json.dumps(line) + "\n", encoding="utf-8")
    assert load_folder(url, FolderPostings(folder)) == 1
    assert stored(url)[:ROWS] == list(generate(ROWS, 3))
    assert stored(url)[ROWS].ind == ROWS


def generate_row(record, position):
    return next(generate(position + 1, 9, position)).record(record)


def test_other_rows_are_not_touched(folder, url):
    load(url, ROWS, 4)
    with pytest.raises(SourceError, match=rf"already holds other rows .* than the {ROWS} of .*rows.*--replace"):
        load_folder(url, FolderPostings(folder))
    assert load_folder(url, FolderPostings(folder), replace=True) == ROWS


@pytest.mark.parametrize(
    ("record", "line", "message"),
    [
        ("pin", "{", r"pin\.jsonl:3: not JSON"),
        ("geo", "[1]", r"geo\.jsonl:3: not a geo with all its columns \(ind, timestamp"),
        ("user", '{"ind": 2}', r"user\.jsonl:3: not a user with all its columns .*first_name"),
    ],
)
def test_broken_line(folder, url, record, line, message):
    replace_line(folder / f"{record}.jsonl", 2, line)
    with pytest.raises(SourceError, match=message):
        load_folder(url, FolderPostings(folder))


def test_row_of_another_position(folder, url):
    path = folder / "geo.jsonl"
    replace_line(path, 2, path.read_text(encoding="utf-8").splitlines()[5])
    with pytest.raises(SourceError, match=r"geo\.jsonl:3: ind is 5. It must be 2"):
        load_folder(url, FolderPostings(folder))


def test_files_that_do_not_belong_together(folder, url):
    path = folder / "user.jsonl"
    path.write_text("".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
    with pytest.raises(SourceError, match=r"different numbers of lines \(pin.jsonl 40, geo.jsonl 40, user.jsonl 39\)"):
        load_folder(url, FolderPostings(folder))
    path.unlink()
    with pytest.raises(SourceError, match=r"user\.jsonl: cannot be read: No such file"):
        load_folder(url, FolderPostings(folder))


def replace_line(path, number, line):
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[number] = line
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
