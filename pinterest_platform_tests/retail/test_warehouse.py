"""The star schema in PostgreSQL: published once, again, and what has changed; what is somebody else's is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinterest_platform.lake.lake import Lake
from pinterest_platform.retail.warehouse.connection import WarehouseError
from pinterest_platform.retail.warehouse.publishing import Written
from pinterest_platform_tests.retail.lakes import Retail, product, user
from pinterest_platform_tests.retail.warehouses import asked, compared, published, state


def test_views_give_the_answers_of_the_lake(sold: Retail, postgres: str) -> None:
    written = published(sold.settings, postgres)
    assert (written.updated, len(written.views)) == (0, 9)
    assert written.inserted == written.sent > 0
    assert compared(sold.settings, postgres) == []
    asked(postgres, "UPDATE dim_products SET product_price = product_price + 1")
    asked(postgres, "DELETE FROM orders_table WHERE product_quantity = 2")
    *differing, advice = compared(sold.settings, postgres)
    assert any("sales_by_store_type" in told for told in differing)
    assert "orders_table: 6 rows in the warehouse, 7 in the lake" in differing
    assert "--full-refresh" in advice
    assert published(sold.settings, postgres).outcome == "unchanged"
    assert published(sold.settings, postgres, anew=True).outcome == "1 inserted, 3 updated"
    assert compared(sold.settings, postgres) == []


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
    assert again.sent
    assert state(postgres) == before


def test_changed_row_is_updated_by_its_key_and_no_other(selling: Retail, postgres: str) -> None:
    published(selling.settings, postgres)
    [(old,)] = asked(postgres, "SELECT count(*) FROM dim_users")
    selling.land("users", [user(1, last_name="Lovelace"), user(7777)], allow_fewer=True)
    selling.compute()
    written = published(selling.settings, postgres)
    assert (written.sent, written.inserted, written.updated) == (2, 1, 1)
    assert asked(postgres, "SELECT count(*) FROM dim_users") == [(old + 1,)]
    assert compared(selling.settings, postgres) == []


def test_rows_are_all_sent_where_the_version_published_last_is_gone(selling: Retail, postgres: str) -> None:
    published(selling.settings, postgres)
    selling.land("products", [product(1, product_price="£5.00")], allow_fewer=True)
    selling.compute()
    lake = Lake(selling.settings.lake_root)
    kept = {Path(uri).name for uri in lake.require("cleaned/dim_products").file_uris()}
    folder = Path(lake.uri("cleaned/dim_products"))
    older = [file for file in folder.rglob("*.parquet") if file.name not in kept]
    assert older
    for file in older:
        file.unlink()
    written = published(selling.settings, postgres)
    assert (written.sent, written.inserted, written.updated) == (3, 0, 1)
    assert compared(selling.settings, postgres) == []


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
    with pytest.raises(WarehouseError, match=r"foreign key of store_code is missing.*dim_store_details\.store_code"):
        published(sold.settings, postgres)


def test_view_of_somebody_else_is_not_replaced(sold: Retail, postgres: str) -> None:
    asked(postgres, "CREATE VIEW stores_by_country AS SELECT 1 AS mine")
    with pytest.raises(WarehouseError, match="stores_by_country already exists and was not published"):
        published(sold.settings, postgres)
    assert asked(postgres, "SELECT * FROM stores_by_country") == [(1,)]


def test_view_whose_columns_were_others_is_made_again(sold: Retail, postgres: str) -> None:
    published(sold.settings, postgres)
    asked(postgres, "DROP VIEW stores_by_country")
    asked(postgres, "CREATE VIEW stores_by_country AS SELECT 1 AS older")
    asked(postgres, "UPDATE published_from_lake SET made_of = 'older' WHERE name = 'stores_by_country'")
    assert published(sold.settings, postgres).views == ("stores_by_country",)
    assert compared(sold.settings, postgres) == []
