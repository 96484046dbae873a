"""Batches of streams are reported to Dagster when it can be, and no stream stops because it cannot."""

from __future__ import annotations

import logging
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from pinterest_platform.cli.stream_reports import StreamReports
from pinterest_platform.orchestration.home import open_instance
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.settings import Settings
from pinterest_platform.stack.ports import choose_port
from pinterest_platform.streaming import Batch, Stream
from pinterest_platform_tests.streaming.chunks import settings_of, stream_of

WARNING = "batches are committed, but cannot be reported to Dagster for now"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path)


def batch_of(stream: Stream, number: int) -> Batch:
    return Batch(stream.origin, number, number, datetime(2026, 1, 1), 5, 4, 1, 99, {}, 0, 0, 0, 0, 1, 1, 1)


def reported(settings: Settings) -> list[tuple[Any, Any]]:
    """Batches and records of each materialization, newest first."""
    with open_instance(settings) as instance:
        found = instance.fetch_materializations(dg.AssetKey(["stream", "pin"]), limit=9).records
    metadata = [record.asset_materialization.metadata for record in found if record.asset_materialization]
    return [(each["batches"].value, each["records"].value) for each in metadata]


def test_database_is_away_at_first(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    stream = stream_of(settings)
    settings.dagster_home.mkdir()
    configuration = settings.dagster_home / "dagster.yaml"
    url = f"postgresql+psycopg2://nobody@127.0.0.1:{choose_port()}/dagster"
    configuration.write_text(yaml.safe_dump({"storage": {"postgres": {"postgres_url": url}}}))
    reports = StreamReports(settings, PINTEREST, [stream])
    reports.add(batch_of(stream, 1))
    with caplog.at_level(logging.WARNING, "pinterest_platform"):
        reports.publish(at_once=True)
    assert f"{WARNING}: " in caplog.text
    configuration.unlink()
    reports.publish(at_once=True)
    reports.close()
    assert reported(settings) == [(1, 5)]


def test_what_could_not_be_reported_is_reported_with_what_comes_next(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    stream = stream_of(settings)
    reports = StreamReports(settings, PINTEREST, [stream])
    reports.add(batch_of(stream, 1))
    reports.publish(at_once=True)
    damaged = Path(settings.lake_root, "stream", "pin", "_delta_log", f"{0:020}.json")
    damaged.parent.mkdir(parents=True)
    damaged.touch()
    reports.add(batch_of(stream, 2))
    with caplog.at_level(logging.WARNING, "pinterest_platform"):
        reports.publish(at_once=True)
    assert f"{WARNING}: stream/pin" in caplog.text
    shutil.rmtree(damaged.parent)
    reports.add(batch_of(stream, 3))
    reports.publish(at_once=True)
    reports.publish(at_once=True)
    reports.close()
    assert reported(settings) == [(2, 10), (1, 5)]
