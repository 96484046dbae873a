"""Fills in the settings of the connector that lands the topics, from `infra/kafka-connect/settings`.

There is one shared file, and one for each sink: this project's, and Confluent's S3 sink. The local stack and MSK
Connect use the settings. `connect.py` runs a worker.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pinterest_platform.settings import Settings, SettingsError
from pinterest_platform.stack.errors import StackError

#: The sink's Maven project, next to this package in a checkout.
PROJECT = Path(__file__).resolve().parents[2] / "infra" / "kafka-connect"
#: Sinks with a file of settings each.
SinkName = Literal["landing-sink", "confluent-s3"]


def dead_letter_topic(settings: Settings) -> str:
    """The topic of records that cannot land: those that are not a JSON object, and tombstones without a key. With
    Confluent's sink, all tombstones."""
    return settings.topic("dead-letter")


def connector_settings(
    settings: Settings,
    records: Iterable[str],
    *,
    region: str,
    sink: SinkName = "landing-sink",
    endpoint: str = "",
    flush_size: int = 1_000,
    flush_seconds: float = 60,
    tasks: int = 3,
    replication: int = 3,
) -> dict[str, str]:
    """A connector's settings, in the form of Kafka Connect's REST interface and MSK Connect.

    The landing zone and the topics of `records` come from `settings`. `endpoint` is the URL of an S3 service other than
    AWS. The sink closes an object at `flush_size` records or after `flush_seconds`. `tasks` share the partitions. The
    connector creates the dead-letter topic with `replication`.

    Raises:
        SettingsError: the landing zone is not in S3.
        StackError: the files of settings do not exist.
    """
    landing = urlsplit(settings.landing_root)
    if landing.scheme != "s3" or not landing.netloc:
        raise SettingsError(
            f"PINTEREST_LANDING={settings.landing_root!r}: the Connect sink lands in S3 only. Give s3://bucket/prefix."
        )
    values = {
        "name": settings.connector,
        "topics": ",".join(settings.topic(record) for record in records),
        "tasks": tasks,
        "bucket": landing.netloc,
        "region": region,
        "topics_dir": f"{landing.path.strip('/')}/{settings.landing_topics_dir}".strip("/"),
        "flush_size": flush_size,
        "flush_ms": round(flush_seconds * 1000),
        "dead_letters": dead_letter_topic(settings),
        "replication": replication,
    }
    url = {"store.url": endpoint} if endpoint else {}
    return filled_in("connector", values) | filled_in(sink, {}) | url


def filled_in(name: str, values: Mapping[str, object]) -> dict[str, str]:
    """Read one file of settings, with `values` filled in for the names in braces.

    Raises:
        StackError: the file does not exist.
    """
    file = PROJECT / "settings" / f"{name}.properties"
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise StackError(
            f"{file} does not exist: the installed package has no Connect sink. Run this from a clone of the "
            "repository, installed with `pip install --editable`."
        ) from None
    pairs = (line.format_map(values).partition("=") for line in lines if line and not line.startswith("#"))
    return {key: value for key, _, value in pairs}
