"""A person is erased from everything the platform keeps, and nothing that is read again brings them back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pinterest_platform.cli.app import app
from pinterest_platform_tests.landing_data import PREFIX, Platform, open_platform, user
from pinterest_platform_tests.privacy.person import KEY, OFFSETS, WHERE, land, person, traces


@pytest.fixture
def platform(tmp_path, monkeypatch):
    monkeypatch.setenv("PINTEREST_DATA", str(tmp_path))
    monkeypatch.setenv("PINTEREST_TOPIC_PREFIX", PREFIX)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    monkeypatch.chdir(tmp_path)
    platform = open_platform(tmp_path)
    yield platform
    platform.engine.close()


def called(*arguments: str, status: int = 0, said: str = "") -> str:
    result = CliRunner().invoke(app, arguments, input=said, catch_exceptions=False)
    assert result.exit_code == status, result.output
    return result.output


def kept(platform: Platform) -> tuple[object, ...]:
    names = platform.rows("SELECT user_name FROM cleaned.user ORDER BY user_name")
    return platform.raw("user"), platform.rejected(), names


def test_whole_platform_forgets_a_person(platform, tmp_path):
    land(platform.landing)
    called("run")
    called("run", "--as-of", "0", "--select", "raw/user", "--select", "cleaned/user")
    folders = [tmp_path / name for name in ("landing", "lake", "dagster")]
    assert len(traces(*folders)) > 10
    before = [row for row in platform.raw("user") if row[1] != "Zaphodine"]
    told = called("erase", "user", "--where", WHERE, "--yes")
    assert traces(*folders) == []
    assert "Erased 5 records: 6 lines in 4 landing objects" in told
    assert [row for row in platform.raw("user")] == before
    assert [offset for _, _, offset, *_ in platform.rejected()] == [8]
    after = kept(platform)
    for full_refresh in ("no", "landing"):
        called("run", "--full-refresh", full_refresh)
        assert kept(platform) == after
        assert traces(*folders) == []
    called("rejected", "--retry")
    assert kept(platform) == after
    [certificate] = (tmp_path / "lake/privacy/certificates").iterdir()
    said = json.loads(certificate.read_text())
    assert (said["records_erased"], said["rows_erased"]) == (5, {"raw/user": 2, "raw/rejected": 3})
    assert any("t.user" in sentence for sentence in said["expires_elsewhere"])
    assert [] == [path for path in (tmp_path / "lake/privacy").glob("unfinished*")]
    assert called("erase", "user", "--where", WHERE, "--yes", status=1).startswith("Nothing found")
