"""The six sources: two database tables, a PDF, an HTTP API, a CSV and a JSON file. Each is read completely, as text
rows.

If a source cannot be read completely, reading raises a `PlatformError`. Callers take all rows or none.
"""

from __future__ import annotations

from collections.abc import Mapping

from pinterest_platform.retail.records import RECORDS
from pinterest_platform.retail.settings import is_web, retail_settings
from pinterest_platform.retail.sources.cards import CardsPdf
from pinterest_platform.retail.sources.database import TableReader
from pinterest_platform.retail.sources.dates import DatesFile
from pinterest_platform.retail.sources.places import Place
from pinterest_platform.retail.sources.products import ProductsFile
from pinterest_platform.retail.sources.reader import Reader
from pinterest_platform.retail.sources.stores import StoresApi, StoresFile
from pinterest_platform.settings import Settings


def readers(settings: Settings) -> Mapping[str, Reader]:
    """The reader of each record's source, by the record's name. Readers connect on first use.

    Raises:
        SettingsError: a variable has an invalid value.
        SourceError: the URL of the database is invalid.
    """
    given = retail_settings(settings)
    columns = {name: tuple(column.name for column in schema.columns) for name, schema in RECORDS.items()}
    api = given.stores_api
    stores: Reader = (
        StoresApi(api, given.stores_api_key, columns["stores"])
        if is_web(api)
        else StoresFile(Place(api, "RETAIL_STORES_API"), columns["stores"])
    )
    return {
        "users": TableReader(given.source_url, "legacy_users", columns["users"]),
        "cards": CardsPdf(Place(given.cards, "RETAIL_CARDS"), columns["cards"]),
        "stores": stores,
        "products": ProductsFile(Place(given.products, "RETAIL_PRODUCTS"), columns["products"]),
        "dates": DatesFile(Place(given.dates, "RETAIL_DATES"), columns["dates"]),
        "orders": TableReader(given.source_url, "orders_table", columns["orders"]),
    }
