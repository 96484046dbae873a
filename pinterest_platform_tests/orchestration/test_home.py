"""Dagster's home, as this program uses it."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy

from pinterest_platform.orchestration.home import open_instance
from pinterest_platform.settings import load_settings


@pytest.mark.parametrize("before", [None, "/elsewhere"])
def test_environment_is_as_it_was_once_the_home_is_closed(
    before: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    settings = load_settings(data=tmp_path, _env_file=None)
    if before:
        monkeypatch.setenv("DAGSTER_HOME", before)
    with open_instance(settings) as instance:
        assert dg.DagsterInstance.get().root_directory == instance.root_directory == str(tmp_path / "dagster")
    assert os.environ.get("DAGSTER_HOME") == before


def test_only_databases_of_the_home_leave_flushing_to_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    settings = load_settings(data=tmp_path, _env_file=None)
    source = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'source.db'}")
    with open_instance(settings):
        [database, *_] = sorted(settings.dagster_home.rglob("*.db"))
        dagsters = sqlalchemy.create_engine(f"sqlite:///{database}")
        synchronous = {}
        for name, engine in {"source": source, "home": dagsters}.items():
            with engine.connect() as connection:
                synchronous[name] = connection.execute(sqlalchemy.text("PRAGMA synchronous")).scalar()
            engine.dispose()
    assert synchronous == {"source": 2, "home": 1}
