"""The star schema in PostgreSQL: published once, again, in pieces, by two, by one that dies, and refused."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from pinterest_platform import failpoints
from pinterest_platform.failpoints import Failpoint
from pinterest_platform.retail.warehouse.cleaned import CleanedTables
from pinterest_platform.retail.warehouse.comparison import differences
from pinterest_platform.retail.warehouse.connection import Warehouse, WarehouseError
from pinterest_platform.retail.warehouse.publishing import Written, publish
from pinterest_platform.retail.warehouse.star import STAR
from pinterest_platform.settings import Settings
from pinterest_platform_tests import forked
from pinterest_platform_tests.retail import sales
from pinterest_platform_tests.retail.lakes import Retail, catalog, user


@pytest.fixture
def sold(tmp_path: Path) -> Iterator[Retail]:
    retail = sales.sold(tmp_path)
    yield retail
    retail.close()


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


def test_views_give_the_answers_of_the_lake(sold: Retail, postgres: str) -> None:
    written = published(sold.settings, postgres)
    assert (written.updated, len(written.views)) == (0, 9)
    assert written.inserted == written.compared > 0
    assert compared(sold.settings, postgres) == []
    asked(postgres, "UPDATE dim_products SET product_price = product_price + 1")
    assert any("sales_by_store_type" in told for told in compared(sold.settings, postgres))


def test_star_has_its_keys(sold: Retail, postgres: str) -> None:
    published(sold.settings, postgres)
    kinds = asked(postgres, "SELECT contype::text, count(*) FROM pg_constraint WHERE contype IN ('p', 'f') "
                            "AND connamespace = 'public'::regnamespace GROUP BY 1 ORDER BY 1")  # fmt: skip
    assert kinds == [("f", 5), ("p", 7)]


def test_publishing_again_writes_nothing(sold: Retail, postgres: str) -> None:
    published(sold.settings, postgres)
    before = state(postgres)
    assert published(sold.settings, postgres) == Written(0, 0, 0, ())
    again = published(sold.settings, postgres, anew=True)
    assert (again.inserted, again.updated, again.views, again.outcome) == (0, 0, (), "unchanged")
    assert again.compared
    assert state(postgres) == before


def test_changed_row_is_updated_by_its_key_and_no_other(sold: Retail, postgres: str) -> None:
    published(sold.settings, postgres)
    [(old,)] = asked(postgres, "SELECT count(*) FROM dim_users")
    sold.land("users", [user(1, last_name="Lovelace"), user(7777)], allow_fewer=True)
    sold.compute()
    written = published(sold.settings, postgres)
    assert (written.inserted, written.updated) == (1, 1)
    assert asked(postgres, "SELECT count(*) FROM dim_users") == [(old + 1,)]
    assert compared(sold.settings, postgres) == []


def test_other_table_of_the_name_is_refused_and_left_alone(sold: Retail, postgres: str) -> None:
    asked(postgres, "CREATE TABLE dim_users (user_uuid text PRIMARY KEY, mine int)")
    with pytest.raises(WarehouseError, match=r"dim_users: .*user_uuid is TEXT NOT NULL, should be UUID NOT NULL"):
        published(sold.settings, postgres)
    assert asked(postgres, "SELECT relname FROM pg_class WHERE relname LIKE 'dim\\_%' AND relkind = 'r'") == [
        ("dim_users",)
    ]


def test_lost_key_is_told(sold: Retail, postgres: str) -> None:
    published(sold.settings, postgres)
    asked(postgres, "ALTER TABLE orders_table DROP CONSTRAINT orders_table_store_code_fkey")
    with pytest.raises(WarehouseError, match=r"foreign key of store_code is absent.*dim_store_details\.store_code"):
        published(sold.settings, postgres)


def test_view_of_somebody_else_is_not_replaced(sold: Retail, postgres: str) -> None:
    asked(postgres, "CREATE VIEW stores_by_country AS SELECT 1 AS mine")
    with pytest.raises(WarehouseError, match="stores_by_country is there and was not published"):
        published(sold.settings, postgres)
    assert asked(postgres, "SELECT * FROM stores_by_country") == [(1,)]


def test_view_whose_columns_were_others_is_made_again(sold: Retail, postgres: str) -> None:
    published(sold.settings, postgres)
    asked(postgres, "DROP VIEW stores_by_country")
    asked(postgres, "CREATE VIEW stores_by_country AS SELECT 1 AS older")
    asked(postgres, "UPDATE published_from_lake SET made_of = 'older' WHERE name = 'stores_by_country'")
    assert published(sold.settings, postgres).views == ("stores_by_country",)
    assert compared(sold.settings, postgres) == []


def _publish_until(settings: Settings, url: str, number: int) -> None:
    def end(_moment: Failpoint, _where: str) -> None:
        os.kill(os.getpid(), number)

    failpoints.armed = end
    published(settings, url)


def test_killed_publisher_leaves_nothing_and_the_next_one_finishes(sold: Retail, postgres: str) -> None:
    process = forked.start(_publish_until, sold.settings, postgres, signal.SIGKILL)
    process.join(120)
    assert process.exitcode == -signal.SIGKILL
    assert asked(postgres, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace") == []
    assert published(sold.settings, postgres).inserted
    assert compared(sold.settings, postgres) == []


def test_connection_ended_in_the_middle_writes_nothing(
    sold: Retail, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(moment: Failpoint, _where: str) -> None:
        assert moment is Failpoint.ROWS_SENT
        asked(postgres, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()")  # fmt: skip

    monkeypatch.setattr(failpoints, "armed", end)
    with pytest.raises(WarehouseError, match="Nothing was written"):
        published(sold.settings, postgres)
    monkeypatch.undo()
    assert published(sold.settings, postgres).inserted


def test_two_publishers_take_turns(sold: Retail, postgres: str) -> None:
    both = [forked.start(published, sold.settings, postgres) for _ in range(2)]
    for process in both:
        process.join(120)
    assert [process.exitcode for process in both] == [0, 0]
    assert compared(sold.settings, postgres) == []


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://me:hidden@127.0.0.1:1/db", "postgresql://me:\\*\\*\\*@127.0.0.1:1/db.*refused"),
        ("postgresql://me:hid@den@127.0.0.1/db", "does not show where its host begins"),
        ("mysql://me:hidden@127.0.0.1/db", "not PostgreSQL"),
        ("hidden", "cannot be read"),
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
