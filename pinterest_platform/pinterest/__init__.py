"""The Pinterest domain: pins, their places and their authors. The value `PINTEREST` defines it.

This package contains everything specific to Pinterest: `records`, `models/`, `views/`, `streams.yaml`, the `source` and
its generator, the course's `order` of posting, the sections and findings of the `report`, and `live` results. Its
commands are in `cli/pinterest/`. No other package imports it: the platform finds it by the name in PINTEREST_DOMAIN.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pinterest_platform.domain import Domain, Source
from pinterest_platform.pinterest.records import RECORDS

if TYPE_CHECKING:
    from pinterest_platform.live.contract import Live
    from pinterest_platform.report.sections import Report
    from pinterest_platform.settings import Settings

_FOLDER = Path(__file__).parent


def _sources(settings: Settings) -> Sequence[Source]:
    """The three tables of the source database."""
    database = "mysql" if settings.source_secret or settings.source.startswith("mysql") else "sqlite"
    return [
        Source(
            name=schema.source_table,
            record=record,
            description=f"{schema.description} A table of the source database.",
            kinds=frozenset({database}),
            figures=partial(_rows, settings, record),
        )
        for record, schema in RECORDS.items()
    ]


def _probes(settings: Settings) -> Mapping[str, Callable[[], str]]:
    def source() -> str:
        from pinterest_platform.pinterest.source.address import source_url
        from pinterest_platform.pinterest.source.database import SourceDatabase

        with SourceDatabase(source_url(settings)) as database:
            return f"{database.url}: {database.count():,} postings"

    return {"source": source}


def _rows(settings: Settings, record: str) -> Mapping[str, Any]:
    """The number of rows of a source table. Empty if this machine cannot reach it, because ingestion does not need
    it."""
    from pinterest_platform.pinterest.source.address import source_url
    from pinterest_platform.pinterest.source.database import SourceDatabase
    from pinterest_platform.pinterest.source.source_tables import SourceError

    try:
        with SourceDatabase(source_url(settings)) as source:
            return {"dagster/row_count": source.count(record), "database": source.url}
    except SourceError:
        return {}


def _report() -> Report:
    from pinterest_platform.pinterest.report import REPORT

    return REPORT


def _live() -> Live:
    from pinterest_platform.pinterest.live import LIVE

    return LIVE


PINTEREST = Domain(
    name="pinterest",
    records=RECORDS,
    models=_FOLDER / "models",
    views=_FOLDER / "views",
    streams=_FOLDER / "streams.yaml",
    sources=_sources,
    probes=_probes,
    report=_report,
    live=_live,
    # Its landing zone and lake existed before other domains did.
    folder="",
    reference="pinterest",
)
