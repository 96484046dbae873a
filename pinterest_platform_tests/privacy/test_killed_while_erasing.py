"""kill -9 at each moment of an erasure: the next one goes on, whatever runs in between, and it ends the same."""

from __future__ import annotations

import signal
from contextlib import closing
from pathlib import Path

import pytest

from pinterest_platform.failpoints import Failpoint
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.privacy.erasure import Eraser
from pinterest_platform.privacy.predicate import parse_predicate
from pinterest_platform.settings import load_settings
from pinterest_platform_tests.engines.children import Death
from pinterest_platform_tests.forked import start
from pinterest_platform_tests.landing_data import PREFIX, Platform
from pinterest_platform_tests.privacy.calls import called
from pinterest_platform_tests.privacy.person import FIRST, WHERE, land, traces

#: In the order in which an erasure comes to them.
DEATHS = [
    Death(Failpoint.ERASURE_BEGUN),
    Death(Failpoint.FILES_WRITTEN, "privacy/erasures"),
    Death(Failpoint.COMMITTED, "privacy/erasures"),
    Death(Failpoint.ERASED_REMEMBERED),
    Death(Failpoint.FILE_PREPARED),
    Death(Failpoint.FILE_PLACED),
    Death(Failpoint.LANDING_REWRITTEN),
    Death(Failpoint.FILES_WRITTEN, "raw/user"),
    Death(Failpoint.COMMITTED, "raw/user"),
    Death(Failpoint.FILES_WRITTEN, "raw/rejected"),
    Death(Failpoint.COMMITTED, "raw/rejected"),
    Death(Failpoint.COMMITTED, "cleaned/user"),
    Death(Failpoint.COMMITTED, "cleaned/post"),
    Death(Failpoint.TABLES_REWRITTEN),
    Death(Failpoint.COMMITTED, "raw/user", 2),
    Death(Failpoint.HISTORY_REMOVED, "raw/user"),
    Death(Failpoint.HISTORY_REMOVED, "cleaned/user"),
    Death(Failpoint.HISTORY_REMOVED, "cleaned/post"),
    Death(Failpoint.ERASURE_CERTIFIED),
]


def erase(root: Path, where: str = WHERE) -> None:
    """What the command does with `--yes`, where no run is recorded."""
    settings = load_settings(data=root, landing="", lake="", topic_prefix=PREFIX, _env_file=None)
    predicate = parse_predicate(where, PINTEREST.records["user"])
    with closing(Eraser(settings, PINTEREST)) as eraser:
        begun = eraser.unfinished() or eraser.begin(predicate, eraser.find(predicate))
        eraser.finish(begun, lambda: 0, lambda _: None)


def die(root: Path, death: Death) -> None:
    death.arm()
    erase(root)


def killed(root: Path, death: Death) -> None:
    process = start(die, root, death)
    process.join()
    assert process.exitcode == -signal.SIGKILL, f"never came to: {death} (exit code {process.exitcode})"


def made(platform: Platform) -> None:
    for record in ("pin", "geo", "user"):
        platform.engine.ingest(record)
    for name in ("pin", "user", "post"):
        platform.engine.refresh(f"cleaned/{name}")


@pytest.mark.parametrize("deaths", [DEATHS[::3], pytest.param(DEATHS, marks=pytest.mark.long)], ids=["some", "all"])
def test_killed_one_after_the_other(platform, tmp_path, deaths):
    land(platform.landing)
    made(platform)
    others = [row for row in platform.raw("user") if row[1] != FIRST]
    for death in deaths:
        killed(tmp_path, death)
        made(platform)
        assert [row for row in platform.raw("user") if row[1] != FIRST] == others
        assert platform.offsets("user") == sorted(set(platform.offsets("user")))
    erase(tmp_path)
    assert traces(tmp_path / "landing", tmp_path / "lake") == []
    assert (platform.raw("user"), [row[2] for row in platform.rejected()]) == (others, [8])
    assert len(platform.rows("SELECT * FROM cleaned.user")) == len(others)
    assert platform.rows("SELECT ind FROM cleaned.post WHERE date_joined IS NOT NULL ORDER BY ind") == [
        (n,) for n in range(1, 6)
    ]
    platform.engine.ingest("user", full_refresh=True)
    assert platform.raw("user") == others


def leftover(root: Path) -> list[Path]:
    return list((root / "lake/privacy").glob("unfinished*"))


def test_another_erasure_finishes_the_one_that_was_begun(platform, tmp_path):
    land(platform.landing)
    made(platform)
    killed(tmp_path, Death(Failpoint.ERASED_REMEMBERED))
    assert leftover(tmp_path)
    told = called("erase", "user", "--where", "first_name = 'Bea'", "--dry-run")
    assert "was started but not finished. Without --dry-run, the command finishes it first." in told
    called("erase", "user", "--where", "first_name = 'Bea'", "--yes")
    assert traces(tmp_path / "landing", tmp_path / "lake", of=(FIRST, "Bea")) == []
    assert len(list((tmp_path / "lake/privacy/certificates").iterdir())) == 2
    assert leftover(tmp_path) == []
