"""kill -9 at each moment of an erasure: the next one goes on, whatever runs in between, and it ends the same."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from pinterest_platform.cli.app import app
from pinterest_platform.failpoints import Failpoint
from pinterest_platform_tests.engines.children import Death
from pinterest_platform_tests.forked import start
from pinterest_platform_tests.landing_data import Platform
from pinterest_platform_tests.privacy.calls import called
from pinterest_platform_tests.privacy.person import FIRST, WHERE, land, traces

ERASE = ("erase", "user", "--where", WHERE, "--yes")

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
    Death(Failpoint.TABLES_REWRITTEN),
    Death(Failpoint.COMMITTED, "raw/user", 2),
    Death(Failpoint.HISTORY_REMOVED, "raw/user"),
    Death(Failpoint.HISTORY_REMOVED, "cleaned/user"),
    Death(Failpoint.ERASURE_CERTIFIED),
]


def die(death: Death) -> None:
    death.arm()
    app(ERASE, standalone_mode=False)


def made(platform: Platform) -> None:
    for record in ("pin", "geo", "user"):
        platform.engine.ingest(record)
    platform.engine.refresh("cleaned/user")


def test_killed_at_every_moment_one_after_the_other(platform, tmp_path):
    land(platform.landing)
    made(platform)
    others = [row for row in platform.raw("user") if row[1] != FIRST]
    for death in DEATHS:
        process = start(die, death)
        process.join()
        assert process.exitcode == -signal.SIGKILL, f"never came to: {death} (exit code {process.exitcode})"
        made(platform)
        assert [row for row in platform.raw("user") if row[1] != FIRST] == others
        assert platform.offsets("user") == sorted(set(platform.offsets("user")))
    called(*ERASE)
    assert traces(tmp_path / "landing", tmp_path / "lake") == []
    assert (platform.raw("user"), [row[2] for row in platform.rejected()]) == (others, [8])
    assert len(platform.rows("SELECT * FROM cleaned.user")) == len(others)
    platform.engine.ingest("user", full_refresh=True)
    assert platform.raw("user") == others


@pytest.mark.parametrize("death", [pytest.param(death, marks=pytest.mark.long) for death in DEATHS], ids=str)
def test_killed_once(platform, tmp_path, death):
    land(platform.landing)
    made(platform)
    others = [row for row in platform.raw("user") if row[1] != FIRST]
    process = start(die, death)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    called(*ERASE)
    assert traces(tmp_path / "landing", tmp_path / "lake") == []
    assert platform.raw("user") == others


def leftover(root: Path) -> list[Path]:
    return list((root / "lake/privacy").glob("unfinished*"))


def test_another_erasure_finishes_the_one_that_was_begun(platform, tmp_path):
    land(platform.landing)
    made(platform)
    start(die, Death(Failpoint.ERASED_REMEMBERED)).join()
    assert leftover(tmp_path)
    told = called("erase", "user", "--where", "first_name = 'Bea'", "--dry-run")
    assert "was begun and is not finished. Without --dry-run it is finished first." in told
    called("erase", "user", "--where", "first_name = 'Bea'", "--yes")
    assert traces(tmp_path / "landing", tmp_path / "lake", of=(FIRST, "Bea")) == []
    assert len(list((tmp_path / "lake/privacy/certificates").iterdir())) == 2
    assert leftover(tmp_path) == []
