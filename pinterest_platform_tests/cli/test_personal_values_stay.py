"""Values that tell of persons stay in the lake: not in what Dagster keeps of runs, not in logs, not on the terminal."""

from __future__ import annotations

import base64
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from pinterest_platform_tests.catalog.folders import SHIPPED, write
from pinterest_platform_tests.cli.conftest import Cli
from pinterest_platform_tests.landing_data import Landing, geo, pin, user

#: What is looked for: each is of a personal column, or of a line that does not fit.
VALUES = ("Zyxfirst", "Zyxlast", "Zyxposter", "Zyxbroken", "77.7654", "-66.6543", "7777777")

DOMAIN = """
from dataclasses import replace
from pathlib import Path
from pinterest_platform.pinterest import PINTEREST

DOMAIN = replace(PINTEREST, models=Path(__file__).parent / "models")
"""
HEADER = "-- description: A table.\n-- owner: team:test\n-- key: ind\n"
#: A table whose checks persons violate: a predicate's examples are rows, a query's are what it selects.
VIOLATED = f"""{HEADER}-- checks:
--   nobody: user_name IS NULL
-- warnings:
--   nowhere: |
--     SELECT author.ind, 'x' || author.user_name AS told, place.coordinates[0] AS north
--     FROM cleaned.user AS author JOIN cleaned.geo AS place ON place.ind = author.ind
SELECT author.ind AS ind, author.user_name AS user_name, place.coordinates AS coordinates
FROM cleaned.user AS author JOIN cleaned.geo AS place ON place.ind = author.ind
"""
#: A table that cannot be computed: the engine quotes the value that is no day.
FAILING = f"{HEADER}SELECT ind, CAST(user_name AS DATE) AS day FROM cleaned.user"
BROKEN = [
    user(1, first_name="Zyxfirst", age=7777777),
    user(2, first_name="Zyxfirst", age="Zyxbroken"),
    user(3, first_name=["Zyxfirst"], last_name="Zyxlast"),
    b'{"first_name": "Zyxbroken"',
    b'{"ind": 5, "first_name": "Zyxbroken \xff"}',
    b'["Zyxbroken"]',
]


def contents(path: Path) -> bytes:
    """All that a file says, pictures in it too."""
    read = path.read_bytes()
    if read.startswith(b"SQLite"):
        with closing(sqlite3.connect(path)) as database:
            dumped = "".join(database.iterdump()).encode()
        read += dumped + b"".join(map(base64.b64decode, re.findall(rb"base64,([A-Za-z0-9+/=]+)", dumped)))
    return read


def test_in_no_record_of_a_run_and_in_no_output(cli: Cli, tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path / "models")
    write(tmp_path / "models", "analytics/violated.sql", VIOLATED)
    write(tmp_path / "models", "analytics/failing.sql", FAILING)
    (tmp_path / "spread_domain.py").write_text(DOMAIN)
    landing = Landing(tmp_path / "data" / "landing")
    people = [user(n, first_name="Zyxfirst", last_name=f"Zyxlast {n}") for n in range(10, 20)]
    landing.put(0, [*people, *BROKEN], record="user")
    places = [geo(n, latitude=77.7654, longitude=-66.6543) for n in range(10, 20)]
    landing.put(0, [*places, geo(1, latitude="77.7654"), geo(2, longitude=-777.7654)], record="geo")
    # No UUID, so that a check warns.
    landing.put(0, [pin(n, poster_name=f"Zyxposter {n}", follower_count=f"{n}k") for n in range(10, 20)])
    variables = {"PINTEREST_DOMAIN": "spread_domain:DOMAIN", "PINTEREST_TOPIC_PREFIX": "t"}

    ran = cli("run", **variables)
    told = ran.stdout + ran.stderr
    assert ran.returncode == 1
    assert 'analytics/failing cannot be computed: Conversion Error: invalid date field format: "•••"' in told
    for command in ("status", "rejected", "tables", "describe cleaned/user", "refresh analytics/violated", "check"):
        done = cli(*command.split(), **variables)
        told += done.stdout + done.stderr
    assert "age: ••• is outside [0, 120]" in told

    found = {value for value in VALUES if value in told}
    kept = b"".join(contents(path) for path in (tmp_path / "data" / "dagster").rglob("*") if path.is_file())
    assert found | {value for value in VALUES if value.encode() in kept} == set()
    for sign in (b"nobody: 10 rows", b"nowhere: 10 rows", b"#1, Fiji", "•••".encode("unicode_escape")):
        assert sign in kept or sign.replace(b"\\", b"\\\\") in kept, sign
