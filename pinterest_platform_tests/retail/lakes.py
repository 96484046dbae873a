"""Lakes of the retail domain: rows as the sources give them are landed, ingested and computed without Dagster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines import build_engine
from pinterest_platform.lake.lake import Lake
from pinterest_platform.landing.folder import FolderStore
from pinterest_platform.landing.snapshots import Load, land_snapshot
from pinterest_platform.retail import RETAIL
from pinterest_platform.retail.records import RECORDS
from pinterest_platform.settings import load_settings

Row = Mapping[str, str | None]


@cache
def catalog() -> Catalog:
    return Catalog.load(RETAIL)


def uuid(number: int) -> str:
    return str(UUID(int=number, version=4))


def user(number: int = 1, **fields: str | None) -> Row:
    return {
        "index": str(number),
        "first_name": "Ada",
        "last_name": "Byron",
        "date_of_birth": "1990-03-04",
        "company": "Babbage Ltd",
        "email_address": "ada@babbage.uk",
        "address": "1 Engine Row\nLondon",
        "country": "United Kingdom",
        "country_code": "GB",
        "phone_number": "+44(0)121 4960340",
        "join_date": "2018-10-11",
        "user_uuid": uuid(number),
        **fields,
    }


def card(number: int = 1, **fields: str | None) -> Row:
    return {
        "card_number": str(4_000_000_000_000_000_000 + number),
        "expiry_date": "09/26",
        "card_provider": "VISA 19 digit",
        "date_payment_confirmed": "2015-11-25",
        **fields,
    }


def store(number: int = 1, **fields: str | None) -> Row:
    return {
        "index": str(number),
        "address": "Flat 72W\nEast Deantown\nE7B 8EB, High Wycombe",
        "longitude": "51.62907",
        "lat": None,
        "locality": "High Wycombe",
        "store_code": f"HI-{number:08X}",
        "staff_numbers": "34",
        "opening_date": "1996-10-25",
        "store_type": "Local",
        "latitude": "-0.74934",
        "country_code": "GB",
        "continent": "Europe",
        **fields,
    }


def portal(**fields: str | None) -> Row:
    nothing = dict.fromkeys(("address", "longitude", "lat", "locality"), "N/A")
    kind = {"store_code": "WEB-1388012W", "store_type": "Web Portal", "staff_numbers": "325", "latitude": None}
    return store(0, **{**nothing, **kind, **fields})


def product(number: int = 1, **fields: str | None) -> Row:
    return {
        "index": str(number),
        "product_name": "Tiffany's World Day Out",
        "product_price": "£12.99",
        "weight": "1.6kg",
        "category": "toys-and-games",
        "EAN": "487128731892",
        "date_added": "2006-01-09",
        "uuid": uuid(number + 1_000_000),
        "removed": "Still_avaliable",
        "product_code": f"C2-{number:07d}l",
        **fields,
    }


def moment(number: int = 1, **fields: str | None) -> Row:
    return {
        "timestamp": "22:00:06",
        "month": "9",
        "year": "2012",
        "day": "19",
        "time_period": "Evening",
        "date_uuid": uuid(number),
        **fields,
    }


def order(number: int = 1, **fields: str | None) -> Row:
    """A sale at a moment, of the first user, card, store and product."""
    return {
        "level_0": str(number),
        "index": str(number),
        "date_uuid": uuid(number),
        "first_name": None,
        "last_name": None,
        "user_uuid": uuid(1),
        "card_number": card()["card_number"],
        "store_code": store()["store_code"],
        "product_code": product()["product_code"],
        "1": None,
        "product_quantity": "3",
        **fields,
    }


class Retail:
    """A landing zone and a lake under `root`; the lake is another one where it is given."""

    def __init__(self, root: Path, **settings: Any) -> None:
        given = {"landing": "", "lake": "", "topic_prefix": "t", "engine": "duckdb"} | settings
        self.settings = load_settings(data=root, _env_file=None, **given)
        self.engine = build_engine(self.settings, catalog())

    def land(self, record: str, rows: Sequence[Row], **options: Any) -> Load:
        landing = FolderStore(Path(self.settings.landing_root))
        return land_snapshot(landing, f"t.{record}", RECORDS[record], iter(rows), **options)

    def compute(self, layer: str = "") -> None:
        """Ingest what has landed, and compute every table, or those of a layer."""
        for record in RECORDS:
            self.engine.ingest(record)
        for address in catalog().models:
            if address.startswith(layer):
                self.engine.refresh(address)

    def load(self, layer: str = "", **sources: Sequence[Row]) -> None:
        """Land the rows of each source, then `compute`."""
        for record, rows in sources.items():
            self.land(record, rows)
        self.compute(layer)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.engine.query(sql).rows

    def table(self, address: str) -> list[dict[str, Any]]:
        """Rows of a table in its order."""
        names = [column.name for column in catalog().columns(address)]
        columns = ", ".join(f"`{name}`" for name in names)
        return [dict(zip(names, row, strict=True)) for row in self.rows(f"SELECT {columns} FROM {_name(address)}")]

    def reasons(self, record: str) -> list[str]:
        asked = f"SELECT reason FROM raw.rejected WHERE kafka_topic = 't.{record}' ORDER BY kafka_offset"
        return [reason for (reason,) in self.rows(asked)]

    def violated(self, address: str) -> dict[str, list[tuple[Any, ...]]]:
        """Rows that violate each check of a table, where there are any."""
        found = {check.name: self.rows_of(check.violations(address)) for check in catalog().checks(address)}
        return {name: rows for name, rows in found.items() if rows}

    def rows_of(self, check: str) -> list[tuple[Any, ...]]:
        return self.engine.inspect(check).rows

    def versions(self) -> dict[str, int]:
        lake = Lake(self.settings.lake_root)
        return {address: table.version() for address in catalog().addresses if (table := lake.open(address))}

    def close(self) -> None:
        self.engine.close()


def _name(address: str) -> str:
    return ".".join(f"`{part}`" for part in address.split("/"))
