"""A Kinesis stream and a Kafka topic of each test's own, read by either engine; Spark is one that all tests share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from pyspark.sql import SparkSession

from pinterest_platform.settings import Settings, load_settings
from pinterest_platform.stack.kafka import KafkaBroker
from pinterest_platform.stack.kinesis import KinesisServer
from pinterest_platform_tests.integration.kinesis.streams import make_stream
from pinterest_platform_tests.integration.streaming.conftest import Pins, kinesis_client, settings, variables
from pinterest_platform_tests.integration.streaming.topics import Topic, make
from pinterest_platform_tests.streaming.chunks import stream_of

__all__ = ["kinesis_client", "settings", "variables"]


@pytest.fixture
def on_spark(spark: SparkSession, kinesis: KinesisServer, settings: Settings) -> Iterator[Settings]:
    """Settings with which Spark reads streams. Its Python workers get this environment, not that of Java's start."""
    context = spark.sparkContext
    before, context.environment = context.environment, {**context.environment, **kinesis.environment()}
    yield settings.model_copy(update={"engine": "spark"})
    context.environment = before


@pytest.fixture
def pins(settings: Settings, kinesis_client: Any) -> Pins:
    """A stream with two shards."""
    pins = Pins(settings, kinesis_client, stream_of(settings, trigger=0.1))
    make_stream(kinesis_client, pins.stream.origin, shards=2)
    return pins


@pytest.fixture
def topic(broker: KafkaBroker, topic_prefix: str, tmp_path: Path) -> Topic:
    """A topic with two partitions."""
    settings = load_settings(
        data=tmp_path, topic_prefix=topic_prefix, kafka_brokers=broker.bootstrap_servers, _env_file=None
    )
    options = {"bootstrap.servers": settings.kafka_brokers, "log_level": 0}
    stream = stream_of(settings, source="kafka", trigger=0.1, limits={"records": 50})
    topic = Topic(settings, stream, AdminClient(options), Producer(options))
    make(topic.admin, stream.origin)
    return topic
