"""The warehouse in the graph: one publication, downstream of the cleaned tables and of the results it is compared
with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

from pinterest_platform.catalog import Catalog
from pinterest_platform.domain import Domain, Publication
from pinterest_platform.pseudonym_secret import pseudonyms_of
from pinterest_platform.retail.settings import retail_settings
from pinterest_platform.retail.warehouse.cleaned import CleanedTables
from pinterest_platform.retail.warehouse.comparison import differences
from pinterest_platform.retail.warehouse.connection import Warehouse
from pinterest_platform.retail.warehouse.publishing import publish
from pinterest_platform.retail.warehouse.star import STAR
from pinterest_platform.settings import Settings


def warehouse(settings: Settings) -> Warehouse:
    """The database at RETAIL_WAREHOUSE_URL.

    Raises:
        WarehouseError: it is not the URL of a PostgreSQL database.
    """
    return Warehouse(retail_settings(settings).warehouse_url)


def star_schema(settings: Settings, domain: Domain) -> Publication:
    """The publication of the star schema. It does not connect before it is published."""
    catalog = Catalog.load(domain, pseudonyms_of(settings))
    cleaned = [f"cleaned/{table.name}" for table in STAR]

    def bring_up_to_date(anew: bool) -> Mapping[str, Any]:
        place = warehouse(settings)
        with closing(CleanedTables(settings, catalog)) as opened:
            written = publish(place, opened, catalog, anew=anew)
        return {
            "outcome": written.outcome,
            "location": place.place,
            "rows_sent": written.sent,
            "rows_inserted": written.inserted,
            "rows_updated": written.updated,
            "views_made": ", ".join(written.views),
        }

    def compared() -> Sequence[str]:
        with closing(CleanedTables(settings, catalog)) as opened:
            return differences(warehouse(settings), opened, catalog)

    return Publication(
        name="star_schema",
        description="The star schema in PostgreSQL, with its keys, and the nine answers as views. One transaction "
        "writes only the differences.",
        upstreams=(*cleaned, *(model.address for model in catalog.results)),
        kinds=frozenset({"postgres"}),
        publish=bring_up_to_date,
        differences=compared,
    )
