"""Lines that stand for erased ones are counted, whatever landed them; records that were erased are known again."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json

import duckdb
import pytest

from pinterest_platform.landing.batches import open_batch
from pinterest_platform.landing.erased import Erased, digest, marker, record_text
from pinterest_platform.landing.parser import Parser
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform_tests.landing.parsing import parse
from pinterest_platform_tests.landing_data import PREFIX, Landing, user

KEY = b"k" * 32


@pytest.fixture
def landing(tmp_path):
    return Landing(tmp_path)


def erased_of(landing: Landing, erased: Erased) -> tuple[list[int], list[int], list[int]]:
    """Offsets of what fits, what is rejected, what is erased."""
    store, topic = landing.store, f"{PREFIX}.user"
    objects = [item for item in store.list(topic, 0).objects if item.size]
    with duckdb.connect() as db, open_batch(store, topic, objects) as batch:
        parsed = Parser(db, RECORDS["user"], erased=erased).parse(store, batch)
        found = [
            sorted(offset for (offset,) in db.execute(f"SELECT kafka_offset FROM {relation}").fetchall())
            for relation in (parsed.fitting, parsed.rejected, parsed.erased)
        ]
    assert sum(map(len, found)) == parsed.lines
    return found[0], found[1], found[2]


@pytest.mark.parametrize("packed", [False, True])
def test_marker_is_neither_raw_nor_rejected(landing, packed):
    lines = b"".join(line + b"\n" for line in (user(1), marker(11), b"garbage", marker(13)))
    if packed:
        path = landing.path(10, record="user")
        path.parent.mkdir(parents=True)
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(lines))
    else:
        landing.put(10, lines, record="user")
    assert erased_of(landing, Erased()) == ([10], [12], [11, 13])


@pytest.mark.parametrize(
    "line",
    [
        {"_erased": False, "_offset": 0},
        {"_erased": "true", "_offset": 0},
        {"_erased": True},
        {"_erased": True, "_offset": 0, "first_name": "Ann"},
    ],
    ids=str,
)
def test_line_that_only_looks_like_a_marker_is_rejected(landing, line):
    landing.put(0, [json.dumps(line).encode()], record="user")
    assert len(parse(landing, "user").rejected) == 1


def test_marker_says_its_own_offset(landing):
    landing.put(0, [marker(700), marker(-1)], record="user")
    assert erased_of(landing, Erased()) == ([], [], [1, 700])


def test_erased_record_is_known_by_its_place(landing):
    landing.put(0, [user(1), user(2), b"garbage", b"more garbage"], record="user")
    assert erased_of(landing, Erased(KEY, frozenset({(0, 1), (0, 2), (1, 0)}))) == ([0], [3], [1, 2])


def test_erased_record_is_known_by_its_hash_wherever_it_lands_and_however_it_is_written(landing):
    landing.put(0, [user(1), user(2)], record="user")
    with duckdb.connect() as db, open_batch(landing.store, "t.user", landing.store.list("t.user", 0).objects) as batch:
        parsed = Parser(db, RECORDS["user"]).parse(landing.store, batch)
        told = record_text(RECORDS["user"])
        [(known, text)] = db.execute(
            f"SELECT {digest(KEY, told)}, {told} FROM {parsed.fitting} WHERE ind = 2"
        ).fetchall()
    assert known[4:] == hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()
    again = json.dumps(dict(reversed(json.loads(user(2)).items())), indent=None).encode()
    landing.put(50, [again, user(3)], record="user")
    assert erased_of(landing, Erased(KEY, digests=frozenset({known}))) == ([0, 51], [], [1, 50])
    other_key = Erased(b"x" * 32, digests=frozenset({known}))
    assert erased_of(landing, other_key) == ([0, 1, 50, 51], [], [])
