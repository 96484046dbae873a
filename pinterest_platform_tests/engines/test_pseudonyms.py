"""With a secret, names are pseudonyms from cleaned tables on; every number of every result is as it is without."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from pinterest_platform.catalog import Catalog, ModelError
from pinterest_platform.domain import Domain
from pinterest_platform.engines.duckdb.engine import DuckDBEngine
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pseudonyms import Pseudonyms
from pinterest_platform.settings import load_settings
from pinterest_platform_tests.catalog.folders import HEADER, one_model, shipped, write
from pinterest_platform_tests.domains import with_models
from pinterest_platform_tests.landing_data import PREFIX, Platform, geo, open_platform, pin, user
from pinterest_platform_tests.report.lakes import land

SECRET = Pseudonyms(b"a secret that nobody can guess")
OTHER = Pseudonyms(b"another one, longer than what SHA-256 takes at once" * 2)
Outcomes = Mapping[str, str]


def platform_of(root: Path, pseudonyms: Pseudonyms | None, domain: Domain = PINTEREST, **settings: Any) -> Platform:
    read = load_settings(data=root, topic_prefix=PREFIX, _env_file=None, **settings)
    return Platform(root, DuckDBEngine(read, Catalog.load(domain, pseudonyms)))


def compute(platform: Platform, catalog: Catalog) -> Outcomes:
    """What became of each model."""
    with closing(platform.engine) as engine:
        for record in RECORDS:
            engine.ingest(record)
        return {address: engine.refresh(address).outcome for address in catalog.models}


def rows(platform: Platform, address: str) -> list[tuple[Any, ...]]:
    return platform.rows(f"SELECT * FROM {address.replace('/', '.')}")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Platform:
    """All that is computed without a secret."""
    platform = open_platform(tmp_path_factory.mktemp("plain"))
    land(platform, 0, 1_000)
    compute(platform, CATALOG)
    return platform


CATALOG = Catalog.load(PINTEREST)


@pytest.fixture
def secret(plain: Platform, tmp_path: Path) -> Iterator[Platform]:
    """The same landing zone, and a lake with pseudonyms."""
    platform = platform_of(tmp_path, SECRET, landing=str(plain.landing.root))
    compute(platform, CATALOG)
    yield platform
    platform.engine.close()


def test_hash_is_hmac_of_its_definition() -> None:
    for one in (SECRET, OTHER):
        inner, outer = one.pads
        found = hashlib.sha256(outer + hashlib.sha256(inner + "Zoë 蓝".encode()).digest()).hexdigest()
        assert found == one.of("Zoë 蓝") == hmac.new(one.secret, "Zoë 蓝".encode(), "sha256").hexdigest()
    assert SECRET.mark != OTHER.mark
    assert "guess" not in repr(SECRET)


def test_results_are_equal_but_for_names(plain: Platform, secret: Platform) -> None:
    for address in (model.address for model in CATALOG.results):
        expected = rows(plain, address)
        assert expected
        if address == "analytics/top_user_by_country":
            expected = sorted((country, SECRET.of(poster), count) for country, poster, count in expected)
        assert rows(secret, address) == expected, address


def test_cleaned_tables_hold_no_name(plain: Platform, secret: Platform) -> None:
    people = {ind: (SECRET.of(name), age, joined) for ind, name, age, joined in rows(plain, "cleaned/user")}
    assert {ind: tuple(rest) for ind, *rest in rows(secret, "cleaned/user")} == people
    for table in ("pin", "post"):
        posters = f"SELECT ind, poster_name FROM cleaned.{table} ORDER BY ind"
        expected = [(ind, poster and SECRET.of(poster)) for ind, poster in plain.rows(posters)]
        assert any(poster is None for _, poster in expected)
        assert secret.rows(posters) == expected
    places = [(ind, [round(degree) for degree in place]) for ind, _, place, _ in sorted(rows(plain, "cleaned/geo"))]
    assert [(ind, place) for ind, _, place, _ in sorted(rows(secret, "cleaned/geo"))] == places


def test_secret_is_nowhere_in_the_lake(secret: Platform) -> None:
    kept = b"".join(path.read_bytes() for path in (secret.root / "lake").rglob("*") if path.is_file())
    for pad in (SECRET.secret, *SECRET.pads):
        assert pad not in kept
        assert pad.hex().encode() not in kept.lower()


def test_turned_on_changed_and_off_computes_what_it_concerns(plain: Platform, tmp_path: Path) -> None:
    concerned = {"cleaned/pin", "cleaned/geo", "cleaned/user", "cleaned/post", "analytics/top_user_by_country"}
    lake = {"landing": str(plain.landing.root)}
    compute(platform_of(tmp_path, None, **lake), CATALOG)
    for pseudonyms in (SECRET, OTHER, None):
        done = compute(platform_of(tmp_path, pseudonyms, **lake), CATALOG)
        written = concerned if pseudonyms is not OTHER else concerned - {"cleaned/geo"}
        assert {address for address, outcome in done.items() if outcome == "replaced"} >= written
        assert done["analytics/users_joined_by_year"] == "unchanged"
        assert set(compute(platform_of(tmp_path, pseudonyms, **lake), CATALOG).values()) == {"unchanged"}
    off = platform_of(tmp_path, None)
    assert sorted(rows(off, "cleaned/user")) == sorted(rows(plain, "cleaned/user"))


def test_new_rows_are_merged_and_join_the_others(tmp_path: Path) -> None:
    platform = platform_of(tmp_path, SECRET)
    for start, poster in ((0, "Ann\u00a0"), (1, "Ann")):
        platform.landing.put(start, [pin(start, poster_name=poster, follower_count="5")])
        platform.landing.put(start, [geo(start)], record="geo")
        platform.landing.put(start, [user(start)], record="user")
        done = compute(platform, CATALOG)
    assert {done[f"cleaned/{name}"] for name in (*RECORDS, "post")} == {"merged"}
    assert rows(platform, "analytics/top_user_by_country") == [("Fiji", SECRET.of("Ann"), 5)]
    asked = "SELECT COUNT(*) FROM cleaned.pin WHERE poster_name = PSEUDONYM('Ann')"
    assert platform.rows(asked) == [(2,)]
    assert platform_of(tmp_path, None).rows(asked) == [(0,)]


def test_a_name_as_key(tmp_path: Path) -> None:
    """What arrived has another key than the table, so it is computed whole."""
    sql = (
        "SELECT first_name, age FROM raw.user\n"
        "QUALIFY ROW_NUMBER() OVER (PARTITION BY first_name ORDER BY kafka_partition DESC, kafka_offset DESC) = 1"
    )
    domain = with_models(one_model(tmp_path, sql, HEADER.replace("key: ind", "key: first_name")))
    platform = platform_of(tmp_path, SECRET, domain)
    for start, age in ((0, 20), (1, 30)):
        platform.landing.put(start, [user(start, age=age)], record="user")
        platform.engine.ingest("user")
        assert platform.engine.refresh("cleaned/tried").outcome == "replaced"
    assert rows(platform, "cleaned/tried") == [(SECRET.of("Ann"), 30)]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (
            "SELECT ind, SPLIT(first_name, ' ') AS names FROM raw.user",
            r"tried.sql:1: column 'names' is computed from raw/user.first_name and has the type array<string>: "
            "only strings become",
        ),
        (
            "SELECT author.ind AS ind FROM raw.user AS author "
            "JOIN cleaned.user AS known ON known.user_name = author.first_name",
            r"tried.sql:1: it reads names in .* and pseudonyms in .*, which are never equal: to compare them, "
            r"write PSEUDONYM\(x\)",
        ),
        ("SELECT ind, PSEUDONYM(first_name, 1) AS first_name FROM raw.user", "PSEUDONYM takes exactly one text"),
    ],
)
def test_names_that_would_come_through(tmp_path: Path, sql: str, message: str) -> None:
    folder = write(shipped(tmp_path), "cleaned/tried.sql", HEADER + sql)
    with pytest.raises(ModelError, match=message):
        Catalog.load(with_models(folder), SECRET)


def test_function_would_see_names(tmp_path: Path) -> None:
    head = '"""\ndescription: x\nowner: team:x\nkey: ind\ncolumns:\n  ind: bigint\n"""\n'
    code = f"{head}def compute(raw_user):\n    return raw_user"
    folder = write(shipped(tmp_path), "analytics/tried.py", code)
    with pytest.raises(ModelError, match=r"tried.py:1: it reads raw/user.first_name, raw/user.last_name in PySpark"):
        Catalog.load(with_models(folder), SECRET)


def test_names_that_are_said_to_be_compared(tmp_path: Path) -> None:
    sql = (
        "SELECT author.ind AS ind, author.last_name AS last_name, PSEUDONYM(author.first_name) AS first_name\n"
        "FROM raw.user AS author JOIN cleaned.user AS known ON known.user_name = PSEUDONYM(author.first_name)"
    )
    domain = with_models(write(shipped(tmp_path), "cleaned/tried.sql", HEADER + sql))
    for pseudonyms in (None, SECRET):
        platform = platform_of(tmp_path / str(pseudonyms is None), pseudonyms, domain)
        platform.landing.put(0, [user(1, last_name=" "), user(2, first_name="Bob")], record="user")
        with closing(platform.engine) as engine:
            engine.ingest("user")
            for address in ("cleaned/user", "cleaned/tried"):
                engine.refresh(address)
        names = ("Ann", " ") if pseudonyms is None else (SECRET.of("Ann"), SECRET.of(" "))
        assert rows(platform, "cleaned/tried") == [(1, names[1], names[0])]
