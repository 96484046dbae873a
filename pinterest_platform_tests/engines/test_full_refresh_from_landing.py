"""A full refresh reads the whole landing zone anew, refuses where that would lose rows, and survives a crash."""

from __future__ import annotations

import pytest

from pinterest_platform.failpoints import Failpoint
from pinterest_platform.lake.errors import LakeError
from pinterest_platform_tests.engines.children import Death, run_to_death
from pinterest_platform_tests.landing_data import Platform, engine_over, pin, same_as_clean_run, touch_later

TWO_OBJECTS = {"landing.batches:BATCH_OBJECTS": 2}


@pytest.fixture
def ingested(platform, landing):
    for partition in (0, 2):
        for start in range(0, 12, 3):
            landing.put(start, [pin(start), b"garbage", pin(start + 2)], partition=partition)
    platform.engine.ingest("pin")
    return platform


def test_same_rows(ingested):
    before, rejected = ingested.raw(), ingested.rejected()
    result = ingested.engine.ingest("pin", full_refresh=True)
    assert (result.objects, result.rows_added, result.rows_total, result.positions) == (8, 16, 16, {0: 12, 2: 12})
    assert (ingested.raw(), ingested.rejected()) == (before, rejected)
    assert ingested.engine.ingest("pin").rows_added == 0


def test_corrected_object(ingested, landing):
    """What raw has of an object is what it held when it was read first; only a full refresh replaces it."""
    path = landing.path(3)
    touch_later(path)
    landing.put(3, [pin(333), pin(4), b"bad"])
    ingested.engine.ingest("pin")
    assert 333 not in [row[0] for row in ingested.raw()]
    ingested.engine.ingest("pin", full_refresh=True)
    assert [row[0] for row in ingested.raw()][2:4] == [333, 4]
    assert ingested.offsets() == list(range(12))


def test_nothing_ingested_yet(platform, landing):
    assert platform.engine.ingest("pin", full_refresh=True).rows_added == 0
    landing.put(0, [pin()])
    assert platform.engine.ingest("pin", full_refresh=True).rows_added == 1


@pytest.mark.parametrize("lost", [6, *(pytest.param(n, marks=pytest.mark.long) for n in (0, 9))])
def test_refused_where_landing_has_lost_an_object(ingested, landing, lost):
    before, version = ingested.raw(), ingested.version("raw/pin")
    landing.path(lost, partition=2).unlink()
    # The line in the middle is in rejected, and stays there.
    missing = rf"partition 2 {lost}, partition 2 {lost + 2}"
    message = rf"would lose rows, .* These offsets of t\.pin are missing: {missing}\. Nothing"
    with pytest.raises(LakeError, match=message):
        ingested.engine.ingest("pin", full_refresh=True)
    assert (ingested.raw(), ingested.version("raw/pin")) == (before, version)


def test_refused_where_landing_is_empty(ingested, landing):
    landing.root.rename(landing.root.with_name("away"))
    with pytest.raises(
        LakeError,
        match=r"would lose rows, .* missing: partition 0 0, partition 0 2-3, partition 0 5-6, .* and 5 more ranges",
    ):
        ingested.engine.ingest("pin", full_refresh=True)


@pytest.mark.parametrize(
    "death",
    [
        Death(Failpoint.COMMITTED, "raw/pin", 2),
        *(
            pytest.param(death, marks=pytest.mark.long)
            for death in (
                Death(Failpoint.FILES_WRITTEN, "raw/pin"),
                Death(Failpoint.COMMITTED, "raw/pin"),
                Death(Failpoint.COMMITTED, "raw/pin", 3),
            )
        ),
    ],
    ids=str,
)
def test_crash_in_the_middle_is_continued(ingested, tmp_path, death):
    run_to_death(tmp_path, "reingest pin", death, constants=TWO_OBJECTS)
    ingested.engine.ingest("pin")
    assert ingested.offsets() == list(range(12))
    same_as_clean_run(ingested, tmp_path / "clean")


def test_rows_of_another_topic_stay(tmp_path, platform, landing):
    """The topic prefix was changed; rows of the topics before are in the same tables."""
    landing.put(0, [pin(1), pin(2)])
    platform.engine.ingest("pin")
    before = platform.raw()
    settings = platform.engine._settings.model_copy(update={"topic_prefix": "new"})
    other = Platform(tmp_path, type(platform.engine)(settings, platform.engine._catalog))
    folder = landing.root / "topics" / "new.pin" / "partition=0"
    folder.mkdir(parents=True)
    (folder / "new.pin+0+0000000000.json").write_bytes(pin(7))
    other.engine.ingest("pin")
    other.engine.ingest("pin", full_refresh=True)
    assert [row for row in platform.raw() if row[-4] == "t.pin"] == before
    assert [row[0] for row in platform.raw()] == [7, 1, 2]
    other.engine.close()


def test_cleaned_table_follows(ingested, landing):
    ingested.engine.refresh("cleaned/pin")
    touch_later(landing.path(3))
    landing.put(3, [pin(333), pin(4), b"bad"])
    ingested.engine.ingest("pin", full_refresh=True)
    assert ingested.engine.refresh("cleaned/pin").outcome == "replaced"
    clean = Platform(ingested.root / "clean", engine_over(ingested.root / "clean", landing=landing.root))
    clean.engine.ingest("pin")
    clean.engine.refresh("cleaned/pin")
    query = "SELECT * FROM cleaned.pin ORDER BY ind"
    assert ingested.rows(query) == clean.rows(query)
