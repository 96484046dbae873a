"""Rows that the source cannot say are kept with the reason; a posting's other rows go on, and so does the rest."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.posting.emulator import post
from pinterest_platform.posting.orders import Sequential
from pinterest_platform.posting.senders.destination import SenderDestination
from pinterest_platform.posting.senders.http.rest import RestSender
from pinterest_platform.posting.senders.refused import SentAgain, send_again
from pinterest_platform_tests.cli.conftest import runner
from pinterest_platform_tests.posting.conftest import TOPICS
from pinterest_platform_tests.posting.landed import positions
from pinterest_platform_tests.posting.scripted_proxy import ScriptedProxy, fail_some

#: Rows whose timestamp is none.
BAD = {0, 150, 151}
GOOD = Counter({*range(200)} - BAD)


@pytest.fixture
def bad_file(small_url: str, tmp_path: Path) -> Path:
    file = tmp_path / "data" / "source.db"
    file.parent.mkdir()
    shutil.copy(small_url.removeprefix("sqlite:///"), file)
    with sqlite3.connect(file) as connection:
        for row in BAD:
            connection.execute("UPDATE geolocation_data SET timestamp = '2018-02-30 00:00:00' WHERE ind = ?", (row,))
    return file


@pytest.fixture
def bad(bad_file: Path) -> Iterator[SourceDatabase]:
    with SourceDatabase(f"sqlite:///{bad_file}") as source:
        yield source


def test_over_rest_they_are_kept_beside_what_the_proxy_refuses(bad: SourceDatabase, tmp_path: Path) -> None:
    file = tmp_path / "refused.jsonl"
    with ScriptedProxy(fail_some(42, every=50)) as proxy:
        destination = SenderDestination(RECORDS, TOPICS, RestSender(proxy.url, batch=100), file)
        result = post(bad, Sequential(0, 200), destination)
        assert (result.acknowledged, result.refused) == (200, len(BAD) + 2)
        assert send_again(file, RestSender(proxy.url)) == SentAgain(accepted=2, refused=len(BAD))
        assert Counter(proxy.keys("t.geo")) == GOOD
        assert Counter(proxy.keys("t.pin")) == Counter(range(200))
    kept = [json.loads(line) for line in file.read_text().splitlines()]
    assert {line["key"] for line in kept} == BAD
    assert {line["error_code"] for line in kept} == {"source_row"}


def test_the_command_says_so_and_a_corrected_row_lands(bad_file: Path, tmp_path: Path) -> None:
    cli = runner(tmp_path)
    done = cli("source", "check")
    assert (done.returncode, "3 rows cannot be posted:" in done.stdout) == (1, True), done.stdout
    done = cli("post", "--stop", "200", PINTEREST_TOPIC_PREFIX="t")
    assert done.returncode == 1
    assert "3 records refused. They are kept, with the reason, in" in done.stdout, done.stderr
    assert "--retry" not in done.stdout
    landing = tmp_path / "data" / "landing"
    assert positions(landing, "geo") == GOOD
    with sqlite3.connect(bad_file) as connection:
        connection.execute("UPDATE geolocation_data SET timestamp = '2018-02-28 00:00:00' WHERE ind = 0")
    done = cli("post", "--stop", "1", PINTEREST_TOPIC_PREFIX="t")
    assert (done.returncode, positions(landing, "geo")[0]) == (0, 1), done.stdout + done.stderr
