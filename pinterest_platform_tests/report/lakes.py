"""A lake with results in it, for tests of the report: generated postings, ingested and computed without Dagster."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.generator import generate
from pinterest_platform.posting.landing.folder import LandingFolder
from pinterest_platform.report.reading import Overview, Reader
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform_tests.landing_data import PREFIX, Platform, catalog, open_platform

CATALOG = catalog()
ROWS = 2_000


def settings(platform: Platform) -> Settings:
    return load_settings(data=platform.root, lake="", landing="", topic_prefix=PREFIX, _env_file=None)


def land(platform: Platform, start: int, stop: int) -> None:
    """Land the generated postings from one position to another."""
    folder = LandingFolder(
        platform.landing.root, RECORDS, {record: f"{PREFIX}.{record}" for record in RECORDS}, partitions=1
    )
    folder.open(None)
    folder.send(list(generate(ROWS, 0, start, stop)))
    folder.flush()
    folder.close()


def compute(platform: Platform, models: Iterable[str] = CATALOG.models) -> None:
    """Ingest what has landed and compute tables, all by default."""
    for record in RECORDS:
        platform.engine.ingest(record)
    for address in models:
        platform.engine.refresh(address)


def post(platform: Platform, start: int, stop: int) -> None:
    """Land postings and compute every table."""
    land(platform, start, stop)
    compute(platform)


def read(platform: Platform, as_of: str | None = None) -> Overview:
    return Reader(settings(platform), CATALOG, platform.engine, as_of).overview()


def made(root: Path) -> Platform:
    """Half of the postings; then the others, the first hundred again and three lines that do not fit."""
    platform = open_platform(root)
    post(platform, 0, ROWS // 2)
    platform.landing.put(0, [b"hello kafka", b'{"index": 1}', b'{"index": 1}'], partition=3)
    land(platform, ROWS // 2, ROWS)
    post(platform, 0, 100)
    return platform
