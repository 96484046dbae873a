"""With a secret, customers and their cards are pseudonyms, sales still find them, and the nine answers stay."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from pydantic import SecretStr

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines.duckdb.engine import DuckDBEngine
from pinterest_platform.pseudonyms import Pseudonyms
from pinterest_platform.retail import RETAIL
from pinterest_platform.retail.warehouse.cleaned import CleanedTables
from pinterest_platform.retail.warehouse.connection import Warehouse, WarehouseError
from pinterest_platform.retail.warehouse.publishing import publish
from pinterest_platform.tasks.checks import evaluate
from pinterest_platform_tests.retail.lakes import RECORDS, Retail, card, user
from pinterest_platform_tests.retail.warehouses import asked

SECRET = Pseudonyms(b"a secret that nobody can guess")


def test_answers_and_checks(sold: Retail, tmp_path: Path) -> None:
    secret, known = Retail(tmp_path, landing=sold.settings.landing_root), Catalog.load(RETAIL, SECRET)
    secret.engine = DuckDBEngine(secret.settings, known)
    with closing(secret):
        for record in RECORDS:
            secret.engine.ingest(record)
        for address, model in known.models.items():
            secret.engine.refresh(address)
            assert [check.violated for check in evaluate(secret.engine, known, model) if not check.passed] == []
        for model in known.results:
            assert secret.table(model.address) == sold.table(model.address) != []
        customer, *_ = secret.table("cleaned/dim_users")
        assert customer["first_name"] == SECRET.of(str(user()["first_name"]))
        assert customer["address"] == SECRET.of(str(user()["address"]))
        assert customer["date_of_birth"] == date(1990, 1, 1)
        assert customer["company"] == user()["company"]
        assert {sale["card_number"] for sale in secret.table("cleaned/orders_table")} == {
            SECRET.of(str(card()["card_number"]))
        }


def test_warehouse_says_before_it_begins_that_it_has_no_room_for_them(sold: Retail, postgres: str) -> None:
    with (
        closing(CleanedTables(sold.settings, known := Catalog.load(RETAIL, SECRET))) as cleaned,
        pytest.raises(
            WarehouseError, match=r"64 characters.*allows 19\. Nothing was written\. Unset RETAIL_WAREHOUSE_URL"
        ),
    ):
        publish(Warehouse(SecretStr(postgres)), cleaned, known)
    assert asked(postgres, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace") == []
