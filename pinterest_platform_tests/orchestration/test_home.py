"""Dagster's home, as this program uses it."""

from __future__ import annotations

import os
import re
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy

from pinterest_platform.orchestration.home import RecordsError, open_instance
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


def test_engines_of_the_home_share_connections_that_are_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    settings = load_settings(data=tmp_path, _env_file=None)
    with open_instance(settings):
        [database, *_] = sorted(settings.dagster_home.rglob("*.db"))

        def engine() -> sqlalchemy.Engine:
            return sqlalchemy.create_engine(f"sqlite:///{database}", poolclass=sqlalchemy.NullPool)

        with engine().connect() as first, engine().connect() as second:
            used = {first.connection.dbapi_connection, second.connection.dbapi_connection}
            first.execute(sqlalchemy.text("CREATE TABLE numbers (number INTEGER)"))
            first.commit()
            first.execute(sqlalchemy.text("INSERT INTO numbers VALUES (1)"))
        assert len(used) == 2, "two transactions at once want a connection each"
        with engine().connect() as third:
            assert third.connection.dbapi_connection in used
            rows = third.execute(sqlalchemy.text("SELECT COUNT(*) FROM numbers")).scalar()
        assert rows == 0, "what was not committed is rolled back before a connection serves another engine"
    with engine().connect() as after:
        assert after.connection.dbapi_connection not in used


def test_engines_of_the_home_compile_a_statement_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    settings = load_settings(data=tmp_path, _env_file=None)
    statement = sqlalchemy.select(sqlalchemy.literal(1))
    used = []

    def executed(*arguments: object) -> None:
        used.append(arguments[4].compiled)  # type: ignore[attr-defined]

    with open_instance(settings):
        [database, *_] = sorted(settings.dagster_home.rglob("*.db"))
        for path in (database, database, tmp_path / "source.db"):
            engine = sqlalchemy.create_engine(f"sqlite:///{path}", poolclass=sqlalchemy.NullPool)
            sqlalchemy.event.listen(engine, "before_cursor_execute", executed)
            with engine.connect() as connection:
                assert connection.execute(statement).scalar() == 1
    first, second, of_another_database = used
    assert first is second
    assert first is not of_another_database


def test_damaged_records_are_named_and_give_way_to_empty_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    settings = load_settings(data=tmp_path, _env_file=None)
    with open_instance(settings):
        runs = settings.dagster_home / "history" / "runs.db"
    runs.write_text("no database")
    said = f"cannot be read: file is not a database. .* SQLite files below {re.escape(str(settings.dagster_home))}"
    with pytest.raises(RecordsError, match=said), open_instance(settings):
        pass
    runs.unlink()
    with open_instance(settings) as instance:
        assert instance.get_runs_count() == 0
