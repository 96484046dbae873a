"""A person is erased from everything the platform keeps, and nothing that is read again brings them back."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import dagster as dg
import pytest

from pinterest_platform.orchestration.home import open_instance
from pinterest_platform.privacy.errors import ErasureError
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform.tasks import raw_checks
from pinterest_platform_tests.landing_data import Platform, catalog, geo, pin, touch_later, user
from pinterest_platform_tests.privacy.calls import called
from pinterest_platform_tests.privacy.person import FIRST, KEY, LAST, WHERE, land, person, traces


def kept(platform: Platform) -> tuple[object, ...]:
    names = platform.rows("SELECT user_name FROM cleaned.user ORDER BY user_name")
    return platform.raw("user"), platform.rejected(), names


def recorded_before(settings: Settings) -> None:
    """A run as an older version of this program recorded them: with the person in a preview and in what it printed."""

    @dg.asset(key=["raw", "user"])
    def old_step() -> dg.MaterializeResult:  # type: ignore[type-arg]
        print(person())
        return dg.MaterializeResult(metadata={"preview": dg.MetadataValue.md(f"| {KEY} | {FIRST} |")})

    definitions = dg.Definitions(assets=[old_step], jobs=[dg.define_asset_job("refresh_all", [old_step])])
    with open_instance(settings) as instance:
        definitions.resolve_job_def("refresh_all").execute_in_process(instance=instance)
        instance.report_runless_asset_event(
            dg.AssetObservation(["raw", "user"], metadata={"seen": FIRST}),
        )


def test_whole_platform_forgets_a_person(platform, tmp_path):
    land(platform.landing)
    called("run")
    recorded_before(load_settings(data=tmp_path, _env_file=None))
    called("run", "--as-of", datetime.now(UTC).isoformat(), "--select", "raw/user", "--select", "cleaned/user")
    folders = [tmp_path / name for name in ("landing", "lake", "dagster")]
    shown = traces(*folders)
    for where in (
        "landing/",
        "_delta_log/",
        "raw/rejected/",
        "cleaned/",
        "lake/as_of/",
        "dagster/history/runs/",
        "dagster/history/runs/index.db",
        "/compute_logs/",
    ):
        assert any(where in path for path in shown), where
    before = [row for row in platform.raw("user") if row[1] != FIRST]
    told = called("erase", "user", "--where", WHERE, "--yes")
    assert "Erased 5 records: 6 lines in 4 landing objects. Rows by table: raw/user 2, raw/rejected 3." in told
    assert traces(*folders) == []
    assert platform.raw("user") == before
    assert [offset for _, _, offset, *_ in platform.rejected()] == [8]
    after = kept(platform)
    for full_refresh in ("no", "landing"):
        assert "erased_stay_away" not in called("run", "--full-refresh", full_refresh)
        assert kept(platform) == after
        assert traces(*folders) == []
    called("rejected", "--retry")
    assert kept(platform) == after
    [certificate] = (tmp_path / "lake/privacy/certificates").iterdir()
    said = json.loads(certificate.read_text())
    assert (said["records_erased"], said["rows_erased"]) == (5, {"raw/user": 2, "raw/rejected": 3})
    assert any("t.user" in sentence for sentence in said["expires_elsewhere"])
    assert list((tmp_path / "lake/privacy").glob("unfinished*")) == []
    assert called("erase", "user", "--where", WHERE, "--yes", status=1).startswith("Nothing found")


def in_earlier_versions(platform: Platform, address: str, of: tuple[str, ...]) -> bool:
    """Whether data files that the newest version of a table no longer has know a person."""
    folder, current = platform.root / "lake" / address, platform.files(address)
    found = {trace.partition(":")[0] for trace in traces(folder, of=of)}
    return any(path.endswith(".parquet") and path.rpartition("/")[2] not in current for path in found)


def test_poster_is_gone_from_every_table_that_names_them_and_from_their_history(platform, tmp_path):
    name = f"{FIRST} {LAST}"
    line = pin(KEY, poster_name=name, follower_count="77k", category="travel")
    platform.landing.put(0, [pin(1, poster_name="Ann", follower_count="1k"), line])
    platform.landing.put(0, [geo(1), geo(KEY), geo(2)], record="geo")
    platform.landing.put(0, [user(1), user(KEY), user(2)], record="user")
    called("run")
    platform.landing.put(2, [pin(1, poster_name="Bea", follower_count="2k"), pin(2, poster_name=name)])
    called("run")
    tables = ("raw/pin", "cleaned/pin", "cleaned/post", "analytics/top_user_by_country")
    for address in tables:
        assert traces(tmp_path / "lake" / address, of=(FIRST,)), address
    for address in tables[1:3]:
        assert in_earlier_versions(platform, address, (FIRST,)), address
    called("erase", "pin", "--where", f"poster_name = '{name}'", "--yes")
    folders = [tmp_path / folder for folder in ("landing", "lake", "dagster")]
    assert traces(*folders, of=(FIRST, LAST)) == []
    for table in ("pin", "post"):
        assert platform.rows(f"SELECT ind, poster_name FROM cleaned.{table}") == [(1, "Bea")]
        assert traces(tmp_path / f"lake/cleaned/{table}", of=(str(KEY),)) == []
    assert platform.rows("SELECT * FROM analytics.top_user_by_country") == [("Fiji", "Bea", 2_000)]
    called("run", "--full-refresh", "landing")
    assert platform.rows("SELECT ind, poster_name FROM cleaned.post") == [(1, "Bea")]
    assert traces(*folders, of=(FIRST, LAST)) == []


def test_author_is_gone_from_their_post_and_its_history(platform, tmp_path):
    """The pin stays, without what it had of its author."""
    joined = ("2013-03-07T01:02:03", "datetime.datetime(2013, 3, 7, 1, 2, 3)")
    platform.landing.put(0, [pin(1), pin(KEY), pin(2)])
    platform.landing.put(0, [user(1), person(date_joined="2013-03-07T01:02:03")], record="user")
    called("run")
    platform.landing.put(2, [user(2), user(1, age=44)], record="user")
    called("run")
    for address in ("raw/user", "cleaned/user", "cleaned/post"):
        assert traces(tmp_path / "lake" / address, of=joined), address
    for address in ("cleaned/user", "cleaned/post"):
        assert in_earlier_versions(platform, address, joined), address
    posts = "SELECT ind, age_group, year(date_joined) FROM cleaned.post ORDER BY ind"
    assert platform.rows(posts) == [(1, "36-50", 2016), (2, "25-35", 2016), (KEY, "50+", 2013)]
    called("erase", "user", "--where", WHERE, "--yes")
    assert traces(*(tmp_path / folder for folder in ("landing", "lake", "dagster")), of=(*joined, FIRST)) == []
    assert platform.rows(posts) == [(1, "36-50", 2016), (2, "25-35", 2016), (KEY, None, None)]
    called("run")
    assert platform.rows(posts) == [(1, "36-50", 2016), (2, "25-35", 2016), (KEY, None, None)]
    assert traces(tmp_path / "lake", of=joined) == []


def test_person_who_lands_again_stays_away_and_is_told_of(platform, tmp_path):
    """A sink that begins again writes the same offsets in other objects; a producer sends the same record again."""
    land(platform.landing)
    platform.engine.ingest("user")
    called("erase", "user", "--where", WHERE, "--yes")
    after = platform.raw("user"), platform.rejected()
    platform.landing.put(1, [person(), user(2)], record="user", pad=20)
    platform.landing.put(11, [person(), user(6), person(KEY, age=777)], record="user")
    result = platform.engine.ingest("user")
    assert (result.rows_added, result.rows_rejected, result.rows_erased) == (1, 0, 9)
    assert result.landed_again == ((0, 1, 1), (0, 11, 11), (0, 13, 13))
    _, expected = raw_checks.evaluate(platform.engine, catalog(), catalog().raw["raw/user"], result, whole=True)
    assert expected.violated == "erased_stay_away: partition 0 1, partition 0 11, partition 0 13"
    assert [row for row in platform.raw("user") if row[0] != 6] == after[0]
    assert platform.rejected() == after[1]
    called("erase", "user", "--where", "kafka_partition = 0 AND kafka_offset IN (1, 11, 13)", "--yes")
    assert traces(tmp_path / "landing", tmp_path / "lake") == []
    assert platform.engine.ingest("user").landed_again == ()


def test_erased_offsets_are_no_gap(platform):
    platform.landing.put(0, [user(1), person(), user(2)], record="user")
    called("erase", "user", "--where", WHERE, "--yes")
    result = platform.engine.ingest("user")
    assert (result.rows_added, result.rows_erased, result.positions) == (2, 1, {0: 3})
    rules, expected = raw_checks.evaluate(platform.engine, catalog(), catalog().raw["raw/user"], result, whole=True)
    assert (rules.violated, expected.violated) == ("", "")


def test_dry_run_changes_nothing(platform, tmp_path):
    land(platform.landing)
    platform.engine.ingest("user")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    told = called("erase", "user", "--where", WHERE, "--dry-run")
    assert '"date_joined": "never"' in told.replace("│ ", "").replace("\n", "")
    assert f"Keys: {KEY}, {KEY + 1} Landing objects to rewrite: 4 Nothing was erased." in told
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_record_that_landed_with_other_values_at_its_offset_is_shown_once(platform):
    platform.landing.put(1, [person()], record="user")
    platform.landing.put(1, [person(age=33)], record="user", pad=20)
    assert "│ t.user │ 0 │ 1 │" in called("erase", "user", "--where", WHERE, "--dry-run")
    assert "Erased 1 records: 2 lines in 2 landing objects" in called("erase", "user", "--where", WHERE, "--yes")


def test_who_says_no_keeps_everything(platform, tmp_path):
    land(platform.landing)
    platform.engine.ingest("user")
    called("erase", "user", "--where", WHERE, status=1, said="n\n")
    assert traces(tmp_path / "landing")
    assert platform.engine.ingest("user").rows_erased == 0


@pytest.mark.usefixtures("platform")
def test_refused_while_a_run_is_at_work(tmp_path):
    settings = load_settings(data=tmp_path, _env_file=None)
    with open_instance(settings) as instance:
        instance.create_run_for_job(_refresh_all(settings))
    with pytest.raises(ErasureError, match=r"of refresh_all has not ended .* Nothing was erased"):
        called("erase", "user", "--where", WHERE, "--yes")


def _refresh_all(settings):
    from pinterest_platform.orchestration.build import build_definitions

    return build_definitions(settings=settings).resolve_job_def("refresh_all")


def test_object_cut_off_at_the_place_of_the_person_is_rewritten_too(platform, tmp_path):
    """A sink that died left a beginning of the line; the whole line came in an object that begins earlier."""
    platform.landing.put(5, person()[:40], record="user")
    platform.landing.put(4, [user(1), person()], record="user")
    platform.engine.ingest("user")
    called("erase", "user", "--where", WHERE, "--yes")
    assert traces(tmp_path / "landing", tmp_path / "lake") == []


def test_lines_of_others_stay_byte_by_byte(platform):
    lines = [b"  " + user(1) + b" ", b"", person(), b"\xff\xfe", b'{"a":\t1}\r', b"\xef\xbb\xbf" + user(2)]
    platform.landing.put(0, b"\n".join(lines), record="user")
    touch_later(platform.landing.path(0, record="user"))
    called("erase", "user", "--where", WHERE, "--yes")
    found = platform.landing.path(0, record="user").read_bytes().split(b"\n")
    assert found == [*lines[:2], b'{"_erased": true, "_offset": 2}', *lines[3:]]


def test_same_values_in_other_words_of_a_rejected_line(platform):
    """What is no user by its form may be the person's all the same; a name inside of other words is not theirs."""
    rejected = [
        f'{{"first_name": "{FIRST}", "last_name": ["Quuxworthy"]}}'.encode(),
        f"<user>{FIRST} Quuxworthy</user>".encode(),
        f'{{"first_name": "{FIRST}son", "last_name": "Quuxworthy"}}'.encode(),
        f'{{"first_name": "{FIRST}", "last_name": "Other", "note": "Quuxworthy"'.encode()[:-30],
    ]
    platform.landing.put(0, [*rejected, user(1)], record="user")
    platform.engine.ingest("user")
    called("erase", "user", "--where", WHERE, "--yes")
    assert [offset for _, _, offset, *_ in platform.rejected()] == [2, 3]


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("first_name = ", "--where:1: syntax error"),
        ("ind = 1; DROP TABLE x", "2 statements"),
        ("ind IN (SELECT ind FROM raw.user)", "It cannot name a query, table or file"),
        ("first_name = read_text('/etc/passwd')", "It cannot name a query, table or file"),
        ("name = 'Ann'", "name is not a column of raw/user. Use one of ind, first_name"),
        ("1 = 1", "names no column"),
        ("ind = 1 LIMIT 1", "is more than a condition"),
    ],
)
def test_what_is_no_condition_is_refused(where, why):
    with pytest.raises(ErasureError) as error:
        called("erase", "user", "--where", where, "--yes")
    assert why in str(error.value)


@pytest.mark.usefixtures("platform")
def test_unknown_record():
    assert "unknown record 'people'. Records: pin, geo, user" in called(
        "erase", "people", "--where", "ind = 1", status=2
    )
