"""A warehouse that cannot be reached or may not be written: what publishing and `check` say, and never a password."""

from __future__ import annotations

import time

import pytest
from pydantic import SecretStr

from pinterest_platform.retail.warehouse.access import probe
from pinterest_platform.retail.warehouse.connection import Warehouse, WarehouseError
from pinterest_platform.stack.postgres import PostgresServer
from pinterest_platform_tests.retail.lakes import Retail
from pinterest_platform_tests.retail.warehouses import asked, published, state, user_of


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://me:hidden@127.0.0.1:1/db", "postgresql://me:\\*\\*\\*@127.0.0.1:1/db.*refused"),
        ("postgres://me:hidden@127.0.0.1:1/db", "refused"),
        ("postgresql://me:hid@den@127.0.0.1/db", "does not show where its host begins"),
        ("mysql://me:hidden@127.0.0.1/db", "not PostgreSQL"),
        ("hidden", "is not a valid URL"),
    ],
)
def test_password_is_never_told(sold: Retail, url: str, told: str) -> None:
    with pytest.raises(WarehouseError, match=told) as raised:
        published(sold.settings, url)
    assert "hid" not in str(raised.value)


def test_missing_database_and_missing_right_are_told(sold: Retail, postgres: str) -> None:
    with pytest.raises(WarehouseError, match="does not exist"):
        published(sold.settings, f"{postgres}_not")
    name = postgres.rpartition("/")[2]
    asked(postgres, f"CREATE ROLE {name} LOGIN")
    with pytest.raises(WarehouseError, match=r"permission denied for schema public.*Grant"):
        published(sold.settings, postgres.replace("postgres@", f"{name}@"))


def checked(url: str) -> str:
    return probe(Warehouse(SecretStr(url)))


def test_check_says_what_is_there_and_writes_nothing(sold: Retail, postgres: str) -> None:
    assert "0 of 7 tables exist, nothing published yet" in checked(postgres)
    assert asked(postgres, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace") == []
    published(sold.settings, postgres)
    before = state(postgres)
    assert "7 of 7 tables exist, last published at 20" in checked(postgres)
    assert state(postgres) == before


def test_check_names_each_right_that_is_missing(sold: Retail, postgres: str) -> None:
    url = user_of(postgres, "hidden")
    name = postgres.rpartition("/")[2]
    with pytest.raises(WarehouseError, match=rf"user {name} lacks CREATE on schema public\. Ask"):
        checked(url)
    published(sold.settings, postgres)
    asked(postgres, f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC")
    asked(postgres, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}")
    asked(postgres, f"GRANT INSERT, UPDATE ON dim_users, orders_table TO {name}")
    with pytest.raises(WarehouseError) as raised:
        checked(url)
    lacking = str(raised.value).partition(" lacks ")[2].partition(". Ask")[0].split("; ")
    assert lacking[0] == "TEMPORARY on the database"
    assert "INSERT, UPDATE on dim_products" in lacking
    assert not any("dim_users" in right or "orders_table" in right for right in lacking)


def test_rights_that_check_asks_for_suffice(sold: Retail, postgres: str) -> None:
    published(sold.settings, postgres)
    url = user_of(postgres, "hidden")
    name = postgres.rpartition("/")[2]
    asked(postgres, f"GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {name}")
    assert "7 of 7 tables" in checked(url)
    asked(postgres, "DELETE FROM orders_table; DELETE FROM dim_users")
    assert published(sold.settings, url, anew=True).inserted


def test_check_refuses_other_tables(postgres: str) -> None:
    asked(postgres, "CREATE TABLE dim_users (user_uuid text PRIMARY KEY)")
    with pytest.raises(WarehouseError, match=r"dim_users: .*user_uuid is TEXT NOT NULL, should be UUID NOT NULL"):
        checked(postgres)


def test_wrong_password_is_refused_and_not_told(sold: Retail, postgres: str, postgres_server: PostgresServer) -> None:
    url = user_of(postgres, "hidden")
    rules = postgres_server.folder / "data" / "pg_hba.conf"
    name = postgres.rpartition("/")[2]
    rules.write_text(f"host all {name} 127.0.0.1/32 scram-sha-256\n{rules.read_text()}")
    loaded, deadline = asked(postgres, "SELECT pg_conf_load_time()"), time.monotonic() + 60
    asked(postgres, "SELECT pg_reload_conf()")
    while asked(postgres, "SELECT pg_conf_load_time()") == loaded:
        assert time.monotonic() < deadline
    with pytest.raises(
        WarehouseError, match=r"password authentication failed.*Nothing was written.*user, password"
    ) as raised:
        published(sold.settings, url.replace("hidden", "hidden-and-wrong"))
    assert "hidden" not in str(raised.value)
    asked(postgres, f"GRANT CREATE ON SCHEMA public TO {name}")
    assert "0 of 7" in checked(url)
