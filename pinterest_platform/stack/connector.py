"""Settings of the connector that lands the topics: those of `infra/kafka-connect/settings`, filled in.

One shared file, then one for each sink that can do it: ours, and Confluent's S3 sink. Used by the local stack and for
MSK Connect. Running a worker is the business of `connect.py`.
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
#: A file of settings for each.
SinkName = Literal["landing-sink", "confluent-s3"]


def dead_letter_topic(settings: Settings) -> str:
    """Topic of the records that cannot be landed: those that are not one JSON object, and tombstones without a
    key; with Confluent's sink all tombstones."""
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
    """A connector's settings, as Kafka Connect's REST interface and MSK Connect take them.

    Landing zone and topics are those of `settings`, a topic each of the `records`. `endpoint` is the URL of an S3
    service other than AWS's. An object is closed at `flush_size` records or after `flush_seconds`. `tasks` share the
    partitions. `replication` is that of the dead-letter topic, which the connector makes.

    Raises:
        SettingsError: the landing zone is not in S3.
        StackError: the files of settings are not there.
    """
    landing = urlsplit(settings.landing_root)
    if landing.scheme != "s3" or not landing.netloc:
        raise SettingsError(
            f"PINTEREST_LANDING={settings.landing_root!r}: the Connect sink lands in s3://bucket/prefix"
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
    """One file of settings, with `values` in place of the names in braces.

    Raises:
        StackError: the file is not there.
    """
    file = PROJECT / "settings" / f"{name}.properties"
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise StackError(
            f"{file} is not there: the Connect sink is not part of the installed package. Run this from a clone of the "
            "repository, installed with `pip install --editable`."
        ) from None
    pairs = (line.format_map(values).partition("=") for line in lines if line and not line.startswith("#"))
    return {key: value for key, _, value in pairs}
