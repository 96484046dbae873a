"""What is older than the retention goes, and nobody misses it: not results, not checks, not the next ingestion."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pinterest_platform.catalog import Catalog
from pinterest_platform.domain import Domain
from pinterest_platform.engines.duckdb.engine import DuckDBEngine
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.pinterest.live import LiveResults
from pinterest_platform.pseudonyms import Pseudonyms
from pinterest_platform.settings import Settings
from pinterest_platform.streaming import load_streams
from pinterest_platform.streaming.catalog import load_catalog
from pinterest_platform.streaming.writer import Writer
from pinterest_platform.tasks import raw_checks
from pinterest_platform.tasks.retention import Expired, expire
from pinterest_platform_tests.domains import with_models
from pinterest_platform_tests.landing_data import Platform, catalog, open_platform, pin, tombstone, touch_later, user
from pinterest_platform_tests.streaming.chunks import chunk, session_of, table_rows
from pinterest_platform_tests.streaming.chunks import settings_of as stream_settings

DAYS = 30


@pytest.fixture
def platform(tmp_path: Path):
    platform = open_platform(tmp_path)
    yield platform
    platform.engine.close()


def settings_of(platform: Platform, days: int | None = DAYS) -> Settings:
    assert isinstance(platform.engine, DuckDBEngine)
    return platform.engine._settings.model_copy(update={"retention_days": days})


def expired(platform: Platform, after_days: int = DAYS + 1, days: int | None = DAYS) -> dict[str, int]:
    settings = settings_of(platform, days)
    then = datetime.now(UTC) + timedelta(days=after_days)
    found = expire(settings, load_catalog(settings, catalog().domain), lambda: then)
    return {gone.what: gone.count for gone in found if gone.count}


def land(platform: Platform) -> None:
    """User 1 twice, user 2 deleted, a line that does not fit; then a newer object."""
    platform.landing.put(0, [user(1, age=20), user(2), b"garbage", user(1, age=21)], record="user")
    platform.landing.put(4, [tombstone(2), user(3)], record="user")
    platform.landing.put(6, [user(4)], record="user")
    platform.engine.ingest("user")
    platform.engine.refresh("cleaned/user")


def results(platform: Platform):
    return platform.rows("SELECT * FROM cleaned.user ORDER BY ind")


def judged(platform: Platform, *, full_refresh: bool = False):
    result = platform.engine.ingest("user", full_refresh=full_refresh)
    told = raw_checks.evaluate(platform.engine, catalog(), catalog().raw["raw/user"], result, whole=True)
    return result, [check.violated for check in told]


def test_off_by_default_and_nothing_before_its_time(platform):
    land(platform)
    assert expired(platform, days=None) == {}
    assert expired(platform, after_days=DAYS - 1) == {}
    assert len(platform.raw("user")) == 6


def test_what_no_result_needs_goes(platform):
    platform.landing.put(0, [pin(n) for n in range(1, 5)])
    platform.engine.ingest("pin")
    platform.engine.refresh("cleaned/pin")
    land(platform)
    platform.engine.refresh("cleaned/post")
    before, version = results(platform), platform.version("cleaned/user")
    posts = platform.rows("SELECT * FROM cleaned.post ORDER BY ind")
    assert [joined is None for *_, joined in posts] == [False, True, False, False]
    assert expired(platform) == {"raw/user": 2, "raw/rejected": 1, "landing: t.user": 2}
    assert [row[0] for row in platform.raw("user")] == [1, 2, 3, 4]
    assert platform.rejected() == []
    assert {path.name for path in (platform.root / "landing").rglob("*.json")} == {
        "t.pin+0+0000000000.json",
        "t.user+0+0000000006.json",
    }
    assert (platform.engine.refresh("cleaned/user").outcome, platform.version("cleaned/user")) == ("unchanged", version)
    assert platform.engine.refresh("cleaned/post").outcome == "unchanged"
    for name in ("user", "post"):
        platform.engine.refresh(f"cleaned/{name}", full_refresh=True)
    assert results(platform) == before
    assert platform.rows("SELECT * FROM cleaned.post ORDER BY ind") == posts
    assert expired(platform) == {}


def test_next_runs_miss_nothing_and_bring_nothing_back(platform):
    land(platform)
    expired(platform)
    result, violated = judged(platform)
    assert (result.rows_added, result.rows_rejected, violated) == (0, 0, ["", ""])
    again = platform.landing.put(0, [user(1, age=20), user(2), b"garbage", user(1, age=21)], record="user")
    touch_later(again)
    platform.landing.put(7, [user(5), b"new garbage"], record="user")
    result, violated = judged(platform)
    assert (result.rows_added, result.rows_rejected) == (1, 1)
    assert violated == ["", "no_lines_rejected: 1 lines"]
    assert [row[0] for row in platform.raw("user")] == [1, 2, 3, 4, 5]
    assert [offset for _, _, offset, *_ in platform.rejected()] == [8]


def test_full_refresh_from_landing_is_refused_since_it_would_lose_rows(platform):
    land(platform)
    before = results(platform)
    expired(platform)
    with pytest.raises(LakeError, match="would lose rows"):
        platform.engine.ingest("user", full_refresh=True)
    assert results(platform) == before


def test_full_refresh_where_landing_has_all(platform):
    """Somebody restored the objects: all lines count again."""
    land(platform)
    expired(platform)
    platform.landing.put(0, [user(1, age=20), user(2), b"garbage", user(1, age=21)], record="user")
    platform.landing.put(4, [tombstone(2), user(3)], record="user")
    result, violated = judged(platform, full_refresh=True)
    assert (result.rows_added, result.rows_rejected) == (6, 1)
    assert violated == ["", "no_lines_rejected: 1 lines"]


def test_rejected_line_that_fits_later_is_released_all_the_same(platform):
    land(platform)
    expired(platform)
    platform.landing.put(7, [user(6, age=777)], record="user")
    platform.engine.ingest("user")
    assert platform.engine.release("user") == 0
    assert [offset for _, _, offset, *_ in platform.rejected()] == [7]


def made_by_key(tmp_path: Path, where: str = "") -> Domain:
    """Pinterest with one model, which is made of the newest row of each user, and with views in a folder."""
    for folder in ("models/cleaned", "models/analytics", "views/analytics"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "models/cleaned/user.sql").write_text(
        "-- description: Users.\n-- owner: team:data-platform\n-- key: ind\n"
        f"SELECT\n  ind, -- Key.\n  age -- Age.\nFROM raw.user\n{where}\nQUALIFY ROW_NUMBER() OVER "
        "(PARTITION BY ind ORDER BY kafka_topic DESC, kafka_partition DESC, kafka_offset DESC) = 1\n"
    )
    return replace(with_models(tmp_path / "models"), streams=None, views=tmp_path / "views", live=None)


@pytest.mark.parametrize("kind", ["models", "views"])
def test_raw_that_a_result_reads_whole_stays(tmp_path, kind):
    """Other than by key: each of its rows counts. A view is computed from them whenever it is read."""
    domain = made_by_key(tmp_path)
    (tmp_path / kind / "analytics" / "records_by_name.sql").write_text(
        "-- description: Records of each first name.\n-- owner: team:data-platform\n-- key: first_name\n"
        "SELECT\n  first_name, -- First name.\n  COUNT(*) AS record_count -- Records.\nFROM raw.user\n"
        "GROUP BY first_name\n"
    )
    platform = open_platform(tmp_path, domain)
    platform.landing.put(0, [user(1), user(1), b"garbage"], record="user")
    platform.engine.ingest("user")
    settings = settings_of(platform)
    found = [*expire(settings, load_catalog(settings, domain), lambda: datetime.now(UTC) + timedelta(days=DAYS + 1))]
    assert found[0] == Expired("raw/user", 0, "analytics/records_by_name")
    assert (len(platform.raw("user")), platform.rejected()) == (2, [])
    platform.engine.close()


def test_rows_that_a_model_chooses_by_a_pseudonym(tmp_path):
    domain = made_by_key(tmp_path, "WHERE PSEUDONYM(first_name) <> PSEUDONYM('Nobody')")
    platform = open_platform(tmp_path, domain)
    platform.landing.put(0, [user(1, age=20), user(1, age=21)], record="user")
    platform.engine.ingest("user")
    catalog = Catalog.load(domain, Pseudonyms(b"a secret that nobody can guess"))
    found = [*expire(settings_of(platform), catalog, lambda: datetime.now(UTC) + timedelta(days=DAYS + 1))]
    assert found[0] == Expired("raw/user", 1)
    platform.engine.close()


def test_newest_row_of_each_key_of_a_stream_stays_and_live_results_count_as_before(tmp_path):
    settings = stream_settings(tmp_path, retention_days=DAYS)
    streams = load_streams(settings, catalog())
    with closing(session_of(settings)) as session:
        with closing(
            Writer(session, streams["pin"], catalog().domain.records["pin"], catalog().models["cleaned/pin"])
        ) as writer:
            writer.add([chunk([pin(1, title="first"), pin(1, title="second"), pin(2), b"garbage"])])
        with closing(LiveResults(settings)) as live:
            live.update()
            counted = table_rows(settings, "live/posts_by_category", "post_count")
            then = datetime.now(UTC) + timedelta(days=DAYS + 1)
            found = [*expire(settings, load_catalog(settings, catalog().domain), lambda: then)]
            assert {gone.what: gone.count for gone in found if gone.count} == {"stream/pin": 1, "stream/rejected": 1}
            updated = live.update()
            assert updated is None or updated.posts == 0
    assert table_rows(settings, "stream/pin", "ind, title") == [(1, "second"), (2, None)]
    assert table_rows(settings, "live/posts_by_category", "post_count") == counted == [(3,)]
