"""One lake, two engines: in turns, at once, and where one cannot write what the other can."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from pinterest_platform.engines.spark import ingest, refresh, spark_tables
from pinterest_platform.engines.spark.spark_tables import SparkTables
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.files import data_paths, location
from pinterest_platform.lake.maintenance import optimize
from pinterest_platform_tests.engines.children import barrier
from pinterest_platform_tests.engines.spark.platforms import SparkPlatform, open_spark_platform
from pinterest_platform_tests.engines.test_two_runs_at_once import LINES, OBJECTS, finish, land, repeat
from pinterest_platform_tests.forked import start
from pinterest_platform_tests.landing_data import (
    Platform,
    catalog,
    engine_over,
    geo,
    pin,
    same_as_clean_run,
    tombstone,
    touch_later,
    user,
)

KINDS = {"pin": pin, "geo": geo, "user": user}
NAMES = ("Ann", "Bob", "Ann ", "\u00a0Eve")


def line(rng: random.Random, record: str, offset: int) -> bytes:
    if rng.random() < 0.08:
        return rng.choice([b"garbage", b"", KINDS["user" if record == "pin" else "pin"](1), b'{"ind":"x"}'])
    entity = rng.randrange(25)
    if rng.random() < 0.1:
        return tombstone(entity)
    fields: dict[str, dict[str, Any]] = {
        "pin": {"follower_count": rng.choice(["5k", "1.5M", "12", "x"]), "poster_name": rng.choice(NAMES)},
        "geo": {
            "country": rng.choice(["Fiji", "Aruba"]),
            "timestamp": f"20{rng.randrange(18, 23)}-0{1 + offset % 9}-01 00:00:00",
        },
        "user": {"first_name": rng.choice(NAMES), "age": rng.randrange(17, 60)},
    }
    return KINDS[record](entity, **fields[record])


def land_more(rng: random.Random, platform: Platform, written: dict[tuple[str, int], list[bytes]]) -> None:
    """New objects in some partitions, and one of those that are there again with more lines."""
    for record in KINDS:
        for partition in rng.sample(range(3), 2):
            lines = written.setdefault((record, partition), [])
            first = len(lines)
            lines += [line(rng, record, n) for n in range(first, first + rng.randrange(5, 30))]
            recut = rng.randrange(first) if first and rng.random() < 0.4 else first
            path = platform.landing.path(recut, record=record, partition=partition)
            if path.exists():
                touch_later(path)
            platform.landing.put(recut, lines[recut:], record=record, partition=partition)


#: Tables that are merged, that join merged ones, that are replaced, and computed from one that is replaced.
SOME = (
    "cleaned/pin",
    "cleaned/geo",
    "cleaned/user",
    "cleaned/post",
    "analytics/users_joined_by_year",
    "analytics/top_user_by_country",
    "analytics/country_with_top_user",
)


def test_in_turns(platform):
    take_turns(platform, 1, SOME, instalments=2)


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_in_turns_over_the_whole_graph(platform, seed):
    take_turns(platform, seed, tuple(catalog().models), instalments=3)


def take_turns(platform: SparkPlatform, seed: int, addresses: Sequence[str], instalments: int) -> None:
    """Each step of each instalment by either engine; at the end everything is as one run of one engine has it."""
    rng, written = random.Random(seed), {}
    for _ in range(instalments):
        land_more(rng, platform, written)
        for record in KINDS:
            rng.choice([platform.engine, platform.duckdb]).ingest(record)
        if rng.random() < 0.3:
            optimize(platform.lake.require("raw/pin"), [])
        for address in addresses:
            if address.startswith("cleaned/") or rng.random() < 0.25:
                rng.choice([platform.engine, platform.duckdb]).refresh(address)
    for address in addresses:
        rng.choice([platform.engine, platform.duckdb]).refresh(address)
    same_as_clean_run(platform, platform.root / "clean", list(KINDS))
    clean = Platform(platform.root / "clean", engine_over(platform.root / "clean", landing=platform.landing.root))
    for address in addresses:
        clean.engine.refresh(address)
        query = f"SELECT * FROM {address.replace('/', '.')} ORDER BY {', '.join(catalog().models[address].key)}"
        assert platform.rows(query) == clean.rows(query), address
        assert platform.engine.refresh(address).outcome == "unchanged", "the other engine has done it"
    clean.engine.close()


def test_at_once(tmp_path, platform):
    """An object lands, DuckDB ingests and merges it, Spark does, all at the same time."""
    together = barrier(4)
    others = [
        start(land, tmp_path, together),
        start(repeat, tmp_path, "ingest pin", 5, together),
        start(repeat, tmp_path, "refresh cleaned/pin", 5, together),
    ]
    platform.engine.ingest("pin")
    together.wait()
    for _ in range(2):
        platform.engine.ingest("pin")
        platform.engine.refresh("cleaned/pin")
    finish(others)
    platform.duckdb.ingest("pin")
    platform.duckdb.refresh("cleaned/pin")
    assert platform.offsets() == list(range(OBJECTS * LINES))
    same_as_clean_run(platform, tmp_path / "clean")
    merged = platform.rows("SELECT * FROM cleaned.pin ORDER BY ind")
    assert [row[0] for row in merged] == [row[0] for row in platform.raw()]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("by", ["the driver", "Spark"])
def test_the_other_engine_comes_first(platform, landing, monkeypatch, moment, by):
    """DuckDB commits right before the driver or Spark does, or right after; with Spark, before it is recorded how far
    the table is. Spark commits where lines may be known, and merges into many files."""
    landing.put(0, [pin(n) for n in range(5)])
    platform.duckdb.ingest("pin")
    platform.duckdb.refresh("cleaned/pin")
    news = [pin(n, title="new") for n in range(3, 9)] + [b"garbage"]
    landing.put(*((5, news) if by == "the driver" else (4, [pin(4), *news])))
    run, interrupted = SparkTables.run, []

    def with_the_other(commits: Callable[[], Any]) -> Any:
        result = commits() if moment == "after" else None
        interrupted.append(moment)
        platform.duckdb.ingest("pin")
        platform.duckdb.refresh("cleaned/pin")
        return commits() if moment == "before" else result

    def run_late(tables: SparkTables, sql: str) -> Any:
        is_it = any(verb in sql for verb in ("INSERT INTO", "MERGE INTO"))
        return with_the_other(partial(run, tables, sql)) if is_it else run(tables, sql)

    def commit_late(table: DeltaTable, **given: Any) -> int:
        return with_the_other(partial(commit, table, **given))

    if by == "the driver":
        for module in (ingest, refresh):
            monkeypatch.setattr(module, "commit", commit_late)
    else:
        monkeypatch.setattr(spark_tables, "_MOST_FILES", 0)
        monkeypatch.setattr(SparkTables, "run", run_late)
    platform.engine.ingest("pin")
    platform.engine.refresh("cleaned/pin")
    assert interrupted
    assert platform.offsets() == list(range(12))
    same_as_clean_run(platform, platform.root / "clean")
    titles = dict(platform.rows("SELECT ind, title FROM cleaned.pin"))
    assert titles == {n: "new" if n >= 3 else None for n in range(9)}


def test_the_other_engine_ingests_what_executors_have_written(platform, landing, monkeypatch):
    """DuckDB commits the same lines right before the driver would: what executors wrote of them goes."""
    landing.put(0, [*(pin(n) for n in range(5)), b"garbage"])
    interrupted = []

    def commit_late(table: DeltaTable, **given: Any) -> int:
        if not interrupted:
            interrupted.append(given["add"])
            platform.duckdb.ingest("pin")
        return commit(table, **given)

    monkeypatch.setattr(ingest, "commit", commit_late)
    result = platform.engine.ingest("pin")
    assert (result.lines, platform.offsets()) == (0, list(range(6)))
    same_as_clean_run(platform, platform.root / "clean")
    for address in ("raw/pin", "raw/rejected"):
        table = platform.lake.require(address)
        assert sorted(Path(location(table)).glob("*.parquet")) == [Path(path) for path in data_paths(table)]


def test_table_that_locks_duckdb_out(platform, landing, spark):
    """Refused by both before anything is written: a run of the other engine would stop half way."""
    landing.put(0, [pin(1)])
    platform.duckdb.ingest("pin")
    folder = platform.root / "lake" / "raw" / "pin"
    spark.sql(f"ALTER TABLE delta.`{folder}` SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')")
    landing.put(1, [pin(2)])
    version = platform.version("raw/pin")
    for engine in (platform.engine, platform.duckdb):
        with pytest.raises(
            LakeError, match=r"raw/pin/: the table feature .* prevents an engine of this lake .*: duckdb"
        ):
            engine.ingest("pin")
    assert platform.version("raw/pin") == version


@pytest.mark.parametrize("most_files", [32, 0], ids=["files read", "Delta asked"])
def test_query_of_both(platform, landing, monkeypatch, most_files):
    monkeypatch.setattr(spark_tables, "_MOST_FILES", most_files)
    landing.put(0, [pin(n, category="art" if n else "quotes") for n in range(4)])
    platform.duckdb.ingest("pin")
    sql = (
        "SELECT category, COUNT(*) AS pins, MAX(ingested_at) AS newest FROM raw.pin GROUP BY category ORDER BY category"
    )
    with_spark, with_duckdb = platform.engine.query(sql), platform.duckdb.query(sql)
    assert (with_spark.columns, with_spark.rows) == (with_duckdb.columns, with_duckdb.rows)
    assert with_spark.types == ("string", "bigint", "timestamp_ntz")
    assert platform.engine.query(sql, limit=1).rows == with_duckdb.rows[:1]
    landing.put(4, [pin(4, category="art")])
    platform.duckdb.ingest("pin")
    assert platform.engine.query(sql).rows == platform.duckdb.query(sql).rows, "at the newest version"
    with pytest.raises(LakeError, match=r"Spark: .*UNRESOLVED_COLUMN"):
        platform.engine.query("SELECT nothing FROM raw.pin")


def test_small_tables_are_inspected_on_the_driver(platform, landing, monkeypatch):
    landing.put(0, [pin(n) for n in range(4)])
    assert platform.engine.inspect("SELECT COUNT(*) FROM raw.pin").types == ("BIGINT",), "whatever else Spark does"
    monkeypatch.setattr("pinterest_platform.engines.spark.engine._ASKED_BYTES", 0)
    for_small = open_spark_platform(platform.root, spark_min_mb=1).engine
    platform.duckdb.ingest("pin")
    since = {"raw/pin": platform.version("raw/pin")}

    def inspect(sql: str, kinds: tuple[str, ...]) -> list[tuple[int]]:
        """By DuckDB, then by Spark, as if the table were large."""
        found, large = (engine.inspect(sql, since=since) for engine in (for_small, platform.engine))
        assert (found.rows, found.types + large.types) == (large.rows, kinds)
        return found.rows

    assert inspect("SELECT COUNT(*) FROM new.raw.pin", ("BIGINT", "bigint")) == [(0,)]
    landing.put(4, [pin(9)])
    platform.duckdb.ingest("pin")
    assert inspect("SELECT `index` FROM new.raw.pin", ("BIGINT", "bigint")) == [(9,)]


def test_names_in_a_catalog(spark, tmp_path: Path):
    """As in Unity Catalog: the tables are called by name, and their files read by nobody but Delta."""
    platform = open_spark_platform(tmp_path, unity_catalog="spark_catalog")
    platform.landing.put(0, [user(n) for n in range(6)], record="user")
    platform.duckdb.ingest("user")
    platform.duckdb.refresh("cleaned/user")
    platform.engine.refresh("analytics/users_joined_by_year")
    assert platform.rows("SELECT * FROM analytics.users_joined_by_year") == [(2016, 1)]
    platform.landing.put(0, [pin(n) for n in range(6)])
    platform.engine.ingest("pin")
    platform.engine.refresh("cleaned/pin")
    platform.landing.put(6, [pin(2, title="new"), pin(7)])
    platform.engine.ingest("pin")
    result = platform.engine.refresh("cleaned/pin")
    assert (result.outcome, result.rows_in, result.rows_changed) == ("merged", 2, 2)
    assert spark.sql("SELECT ind, title FROM spark_catalog.cleaned.pin WHERE title IS NOT NULL").collect() == [
        (2, "new")
    ]
    platform.close()
    for layer in ("raw", "cleaned", "analytics"):
        spark.sql(f"DROP SCHEMA spark_catalog.{layer} CASCADE")
