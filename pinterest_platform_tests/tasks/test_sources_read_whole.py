"""A source that is read whole lands in the task of its raw table; one that cannot be read stops what is made of it."""

from __future__ import annotations

import logging
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pinterest_platform.catalog import Catalog
from pinterest_platform.cli.runs import execute
from pinterest_platform.domain import Domain, Snapshot, Source
from pinterest_platform.engines import build_engine
from pinterest_platform.errors import PlatformError
from pinterest_platform.failpoints import Failpoint
from pinterest_platform.flow.state import Flows
from pinterest_platform.orchestration.build import build_definitions
from pinterest_platform.orchestration.execution import Run
from pinterest_platform.schemas import Column, RecordSchema
from pinterest_platform.settings import Settings
from pinterest_platform.tasks.run import run_task
from pinterest_platform_tests.engines.children import Death
from pinterest_platform_tests.forked import start

Row = Mapping[str, str | None]


class Shop:
    """A source in a file of lines `code,note`. Its text is its state; a line that says `cut` ends in an error."""

    def __init__(self, file: Path) -> None:
        self.file, self.reads = file, 0

    def rows(self) -> Iterator[Row]:
        self.reads += 1
        for line in self.file.read_text().split():
            if line == "cut":
                raise PlatformError(f"{self.file.name}: ends in the middle of a row")
            code, _, note = line.partition(",")
            yield {"code": code, "note": note}

    def state(self) -> str:
        return self.file.read_text()


@pytest.fixture
def shops(tmp_path: Path) -> dict[str, Shop]:
    found = shops_in(tmp_path)
    for shop in found.values():
        shop.file.write_text("a,1 b,1 c,1")
    (tmp_path / "models/analytics").mkdir(parents=True)
    for name in found:
        (tmp_path / f"models/analytics/{name}_count.sql").write_text(
            f"-- description: How many {name}.\n-- owner: team:shop\n-- key: note\n"
            f"SELECT\n  note, -- Note.\n  COUNT(*) AS row_count -- Number of rows.\nFROM raw.{name}\nGROUP BY note\n"
        )
    return found


def shops_in(folder: Path) -> dict[str, Shop]:
    return {name: Shop(folder / f"{name}.txt") for name in ("parts", "tools")}


def domain_of(shops: dict[str, Shop], folder: Path) -> Domain:
    columns = (Column("code", "string", "Code.", required=True), Column("note", "string", "Note."))
    return Domain(
        name="shop",
        records={n: RecordSchema(name=n, key="code", description=f"{n}.", columns=columns) for n in shops},
        models=folder / "models",
        layers={"analytics": "Results."},
        kafka=False,
        asset_prefix=("shop",),
        sources=lambda _: [
            Source(name, name, f"{name}.", snapshot=Snapshot(shop.rows, shop.state)) for name, shop in shops.items()
        ],
    )


def settings_in(folder: Path) -> Settings:
    return Settings(_env_file=None, data=folder / "data")  # type: ignore[call-arg]


@pytest.fixture
def domain(shops: dict[str, Shop], tmp_path: Path) -> Domain:
    return domain_of(shops, tmp_path)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


def task(settings: Settings, domain: Domain, *, anew: bool = False) -> dict[str, Any]:
    catalog = Catalog.load(domain)
    with closing(build_engine(settings, catalog)) as engine:
        done = run_task(
            engine, catalog, settings, "raw/parts", anew=anew, passed_at="", log=logging.getLogger(__name__)
        )
    return {"rows": done.rows, **done.figures}


def test_source_lands_before_its_table_is_ingested(settings: Settings, domain: Domain) -> None:
    done = task(settings, domain)
    assert (done["rows"], done["source"]) == (3, "3 rows read, 3 keys new, 0 changed")


def test_only_what_changed_is_added_and_what_is_gone_is_named(
    settings: Settings, domain: Domain, shops: dict[str, Shop]
) -> None:
    task(settings, domain)
    shops["parts"].file.write_text("a,2 b,1 d,1")
    done = task(settings, domain)
    assert (done["rows"], done["rows_added"], done["source_landed"]) == (5, 2, 2)
    assert (done["source_new"], done["source_changed"], done["source_vanished"]) == (1, 1, 1)
    assert done["source_vanished_examples"] == '"c"'


def test_unchanged_source_is_not_read_again_unless_all_is_made_anew(
    settings: Settings, domain: Domain, shops: dict[str, Shop]
) -> None:
    task(settings, domain)
    again = task(settings, domain)
    assert (again["source"], again["lines"], shops["parts"].reads) == ("unchanged: not read", 0, 1)
    anew = task(settings, domain, anew=True)
    assert (anew["rows"], anew["source_landed"], shops["parts"].reads) == (3, 0, 2)


def test_source_of_unknown_state_is_read_each_time(
    settings: Settings, domain: Domain, shops: dict[str, Shop], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Shop, "state", lambda _: None)
    assert [task(settings, domain)["rows_added"] for _ in range(2)] == [3, 0]
    assert shops["parts"].reads == 2


def test_emptied_landing_zone_takes_no_offset_twice(settings: Settings, domain: Domain) -> None:
    task(settings, domain)
    shutil.rmtree(settings.landing_root)
    assert task(settings, domain)["next_offsets"] == {"0": 6}


def test_source_that_lost_most_of_its_rows_lands_only_when_all_is_made_anew(
    settings: Settings, domain: Domain, shops: dict[str, Shop]
) -> None:
    task(settings, domain)
    shops["parts"].file.write_text("a,2")
    with pytest.raises(PlatformError, match="--full-refresh landing"):
        task(settings, domain)
    assert task(settings, domain, anew=True)["rows"] == 4


def lose_the_log(table: Path) -> None:
    shutil.rmtree(table / "_delta_log")


def cut_the_newest_commit(table: Path) -> None:
    *_, newest = sorted((table / "_delta_log").glob("*.json"))
    newest.write_bytes(newest.read_bytes()[:50])


@pytest.mark.parametrize("damage", [lose_the_log, cut_the_newest_commit])
def test_damaged_table_is_made_anew_of_what_has_landed(
    settings: Settings, domain: Domain, shops: dict[str, Shop], damage: Callable[[Path], None]
) -> None:
    task(settings, domain)
    shops["parts"].file.write_text("a,1 b,1 c,2")
    task(settings, domain)
    damage(Path(settings.lake_root, "raw/parts"))
    shops["parts"].file.write_text("a,1 b,1 c,3")
    with pytest.raises(PlatformError, match="raw/parts: "):
        task(settings, domain)
    done = task(settings, domain, anew=True)
    assert (done["rows"], done["source_landed"], done["next_offsets"]) == (5, 1, {"0": 5})


@pytest.mark.parametrize("damage", [lose_the_log, cut_the_newest_commit])
def test_damaged_table_whose_lines_are_gone_is_left_alone(
    settings: Settings, domain: Domain, damage: Callable[[Path], None]
) -> None:
    """New lines get none of its offsets, or they would pass for those that are gone."""
    task(settings, domain)
    damage(Path(settings.lake_root, "raw/parts"))
    shutil.rmtree(settings.landing_root)
    with pytest.raises(
        PlatformError, match=r"would lose rows, .* These offsets of .*\.parts are missing: partition 0 0-2"
    ):
        task(settings, domain, anew=True)


class Told:
    def __init__(self) -> None:
        self.tables: list[str] = []
        self.failures: dict[str, str] = {}

    def __getattr__(self, _name: str) -> Callable[..., None]:
        return lambda *_, **__: None

    def made(self, address: str, _rows: int | None, _figures: Mapping[str, Any]) -> None:
        self.tables.append(address)

    def failed(self, address: str, reason: str) -> None:
        self.failures[address] = reason


def test_source_cut_short_adds_nothing_and_others_go_on(
    settings: Settings, domain: Domain, shops: dict[str, Shop]
) -> None:
    shops["parts"].file.write_text("a,1 b,1 cut")
    told = Told()
    assert not Run(settings, domain, []).execute(told)  # type: ignore[arg-type]
    assert told.failures == {"raw/parts": "parts.txt: ends in the middle of a row"}
    assert told.tables == ["raw/tools", "analytics/tools_count"]
    shops["parts"].file.write_text("a,1 b,1")
    told = Told()
    assert Run(settings, domain, []).execute(told)  # type: ignore[arg-type]
    assert "analytics/parts_count" in told.tables


def _task_until(folder: Path, death: Death | None) -> None:
    if death:
        death.arm()
    task(settings_in(folder), domain_of(shops_in(folder), folder))


#: After the object, what is known of it and the state have been placed, and after the rows are in the table.
DEATHS = [
    Death(Failpoint.FILE_PLACED, ".json"),
    Death(Failpoint.FILE_PLACED, ".parquet"),
    Death(Failpoint.FILE_PREPARED, ".state.json"),
    Death(Failpoint.FILE_PLACED, ".state.json"),
    Death(Failpoint.COMMITTED, "raw/parts"),
]


@pytest.mark.parametrize("death", DEATHS, ids=str)
def test_killed_and_run_again_gives_the_same(death: Death, settings: Settings, domain: Domain, tmp_path: Path) -> None:
    child = start(_task_until, tmp_path, death)
    child.join()
    assert child.exitcode == -signal.SIGKILL
    done = task(settings, domain)
    assert (done["rows"], done["next_offsets"]) == (3, {"0": 3})


def test_two_at_once_land_each_row_once(settings: Settings, domain: Domain, tmp_path: Path) -> None:
    children = [start(_task_until, tmp_path, None) for _ in range(2)]
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0]
    done = task(settings, domain)
    assert (done["rows"], done["next_offsets"]) == (3, {"0": 3})


def test_run_misses_no_landing_zone_of_what_is_read_whole(
    settings: Settings, domain: Domain, shops: dict[str, Shop], capsys: pytest.CaptureFixture[str]
) -> None:
    shops["parts"].file.write_text("cut")
    assert not execute(settings, domain, ["raw/parts"])
    told = capsys.readouterr().out
    assert "ends in the middle of a row" in told
    assert "PINTEREST_LANDING" not in told
    others_land = replace(domain, sources=lambda _: domain.sources(settings)[:1])
    execute(settings, others_land, ["raw/tools"])
    assert "there is nothing at" in capsys.readouterr().out


def test_status_misses_none_either(settings: Settings, domain: Domain) -> None:
    catalog = Catalog.load(domain)
    with closing(build_engine(settings, catalog)) as engine:
        seen = Flows(settings, catalog, engine, []).look(datetime.now(UTC), [], [])
    assert seen.unread == ""


def test_no_sensor_waits_for_what_is_read_whole(settings: Settings, domain: Domain) -> None:
    names = {sensor.name for sensor in build_definitions(domain=domain, settings=settings).sensors or ()}
    assert names == {"shop_dead_runs", "shop_failed_runs"}
