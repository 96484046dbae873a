"""The retail domain: six sources become a star schema and nine answers. The value `RETAIL` defines it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pinterest_platform.domain import Domain, Publication, Snapshot, Source
from pinterest_platform.retail.records import RECORDS
from pinterest_platform.retail.settings import RetailSettings

if TYPE_CHECKING:
    from pinterest_platform.report.sections import Report
    from pinterest_platform.retail.sources.reader import Reader, Row
    from pinterest_platform.settings import Settings

_FOLDER = Path(__file__).parent


def _report() -> Report:
    from pinterest_platform.retail.report import REPORT

    return REPORT


def _sources(settings: Settings) -> Sequence[Source]:
    """One source per record. Invalid settings raise now. Readers are loaded when a task needs them."""
    from pinterest_platform.retail.settings import retail_settings

    retail_settings(settings)
    return [
        Source(
            name=record,
            record=record,
            description=f"{schema.description} Each run reads it completely.",
            snapshot=Snapshot(partial(_rows, settings, record), partial(_state, settings, record)),
        )
        for record, schema in RECORDS.items()
    ]


def _probes(settings: Settings) -> Mapping[str, Callable[[], str]]:
    probes = {f"source {record}": partial(_probe, settings, record) for record in RECORDS}
    return probes | ({"warehouse": partial(_probe_warehouse, settings)} if _has_warehouse(settings) else {})


def _has_warehouse(settings: Settings) -> bool:
    from pinterest_platform.retail.settings import retail_settings

    return bool(retail_settings(settings).warehouse_url.get_secret_value())


def _publications(settings: Settings) -> Sequence[Publication]:
    if not _has_warehouse(settings):
        return ()
    from pinterest_platform.retail.warehouse.publication import star_schema

    return (star_schema(settings, RETAIL),)


def _probe_warehouse(settings: Settings) -> str:
    from pinterest_platform.retail.warehouse.access import probe
    from pinterest_platform.retail.warehouse.publication import warehouse

    return probe(warehouse(settings))


def _reader(settings: Settings, record: str) -> Reader:
    from pinterest_platform.retail.sources import readers

    return readers(settings)[record]


def _rows(settings: Settings, record: str) -> Iterator[Row]:
    return _reader(settings, record).rows()


def _state(settings: Settings, record: str) -> str | None:
    return _reader(settings, record).state()


def _probe(settings: Settings, record: str) -> str:
    return _reader(settings, record).probe()


RETAIL = Domain(
    name="retail",
    records=RECORDS,
    models=_FOLDER / "models",
    kafka=False,
    report=_report,
    sources=_sources,
    publications=_publications,
    variables=RetailSettings,
    extras=("retail",),
    probes=_probes,
    asset_prefix=("retail",),
    reference="retail",
)
