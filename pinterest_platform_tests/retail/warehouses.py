"""Warehouses of the retail domain: published to, compared and asked, as tests do it."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import psycopg
from pydantic import SecretStr

from pinterest_platform.retail.warehouse.cleaned import CleanedTables
from pinterest_platform.retail.warehouse.comparison import differences
from pinterest_platform.retail.warehouse.connection import Warehouse
from pinterest_platform.retail.warehouse.publishing import Written, publish
from pinterest_platform.retail.warehouse.star import STAR
from pinterest_platform.settings import Settings
from pinterest_platform_tests.retail.lakes import catalog


def published(settings: Settings, url: str, *, anew: bool = False) -> Written:
    with closing(CleanedTables(settings, catalog())) as cleaned:
        return publish(Warehouse(SecretStr(url)), cleaned, catalog(), anew=anew)


def compared(settings: Settings, url: str) -> list[str]:
    with closing(CleanedTables(settings, catalog())) as cleaned:
        return differences(Warehouse(SecretStr(url)), cleaned, catalog())


def asked(url: str, sql: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        answer = connection.execute(sql)
        return answer.fetchall() if answer.description else []


def state(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """Who wrote each row and locked it, and the constraints and views, by their ids."""
    found = {table.name: asked(url, f"SELECT ctid, xmin, xmax, * FROM {table.name} ORDER BY ctid") for table in STAR}
    found["constraints"] = asked(url, "SELECT oid, conname, xmin FROM pg_constraint ORDER BY oid")
    found["relations"] = asked(url, "SELECT oid, relname, xmin FROM pg_class WHERE relkind IN ('r', 'v') ORDER BY oid")
    return found


def user_of(url: str, password: str) -> str:
    """The same database for a new user without any right of its own, named as the database is."""
    name = url.rpartition("/")[2]
    asked(url, f"CREATE ROLE {name} LOGIN PASSWORD '{password}'")
    return url.replace("postgres@", f"{name}:{password}@")
