"""The PostgreSQL of Dagster is lost, or is that of yesterday: what is ingested is said by the tables themselves."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest
import sqlalchemy as sa
import yaml

from pinterest_platform.stack.postgres import PostgresServer
from pinterest_platform_tests.rehearsals.conftest import Site, ride


@pytest.fixture
def recorded(site: Site, postgres: str, tmp_path: Path) -> Site:
    """The platform with its records in PostgreSQL, which has one run of it."""
    home = tmp_path / "home"
    home.mkdir()
    package = (files("pinterest_platform.orchestration") / "dagster.yaml").read_text()
    url = sa.make_url(postgres).set(drivername="postgresql+psycopg2").render_as_string(hide_password=False)
    storage = {"storage": {"postgres": {"postgres_url": url}}}
    (home / "dagster.yaml").write_text(package + yaml.safe_dump(storage))
    site = replace(site, variables={"DAGSTER_HOME": str(home)})
    site("run")
    return site


def alter(server: PostgresServer, statement: str) -> None:
    with server.connect() as connection:
        connection.execute(statement)


def test_new_database_in_place_of_the_lost_one(recorded: Site, postgres: str, postgres_server: PostgresServer) -> None:
    before, name = recorded.all_rows(), sa.make_url(postgres).database
    alter(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")
    assert f'database "{name}" does not exist' in recorded("run", fails=True)
    assert recorded("query", "SELECT COUNT(*) FROM raw.ride"), "queries ask no Dagster"

    alter(postgres_server, f"CREATE DATABASE {name}")
    assert "no table was computed so far" in recorded("status", fails=True), "its records are gone, and it says so"
    assert "added" not in recorded("run")
    assert recorded.all_rows() == before
    recorded.land(15, [ride(15)])
    assert "1 added" in recorded("run")
    recorded("status")


@pytest.mark.long
def test_database_of_yesterday(recorded: Site, postgres: str, postgres_server: PostgresServer) -> None:
    """As after restoring a snapshot: runs that it knows nothing of are in the tables."""
    name = sa.make_url(postgres).database
    alter(postgres_server, f"CREATE DATABASE {name}_snapshot TEMPLATE {name}")
    recorded.land(15, [ride(15)])
    recorded("run")
    before = recorded.all_rows()
    alter(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")
    alter(postgres_server, f"ALTER DATABASE {name}_snapshot RENAME TO {name}")
    assert "added" not in recorded("run")
    assert recorded.all_rows() == before
    recorded("status")
