"""The input of a query: the records of a stream, read by a Spark data source from the known positions.

Kafka is read by Spark's own source. Kinesis is read by `kinesis`, or on Databricks by the built-in source. `tasks` and
`batches` process the records.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pinterest_platform.engines.spark.jars import fetch_jars, jars_in
from pinterest_platform.engines.spark.java import find_java
from pinterest_platform.engines.spark.local import spark_home
from pinterest_platform.kafka.connection import KafkaUnavailableError, aws_region, spark_options
from pinterest_platform.landing.fitting import TOMBSTONE_FIELD
from pinterest_platform.settings import Settings
from pinterest_platform.streaming.config import Stream
from pinterest_platform.streaming.errors import StreamError
from pinterest_platform.streaming.kinesis import first_time
from pinterest_platform.streaming.source import Source

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

#: Kafka's offset for the beginning of a partition.
_EARLIEST = -2

_KINESIS_COLUMNS = (
    "shardId AS shard_id",
    "sequenceNumber AS sequence_number",
    "unix_millis(approximateArrivalTimestamp) AS arrived_ms",
    "data",
)
_KAFKA_COLUMNS = (
    "CAST(partition AS string) AS shard_id",
    "CAST(offset AS string) AS sequence_number",
    # The type is -1 if there is no timestamp.
    "IF(timestampType < 0, NULL, unix_millis(timestamp)) AS arrived_ms",
    # For a tombstone, the line that marks it as one and holds its key.
    f"coalesce(value, CAST(to_json(map('{TOMBSTONE_FIELD}', coalesce(CAST(key AS string), '{{}}'))) AS binary)) "
    "AS data",
)


def read_stream(spark: SparkSession, settings: Settings, stream: Stream, source: Source) -> DataFrame:
    """The records of a stream as `tasks.RECORDS`, from the marks of its source.

    Raises:
        StreamError: Spark cannot read it with this configuration.
        EngineError: the jars of Kafka's source are missing.
    """
    if stream.source == "kafka":
        options = _kafka(settings, stream, source)
        _provide_kafka(spark, settings)
        return spark.readStream.format("kafka").options(**options).load().selectExpr(*_KAFKA_COLUMNS)
    if settings.engine == "databricks":
        options = databricks_kinesis(settings, stream, source.known)
    else:
        from pinterest_platform.streaming.spark.kinesis import KinesisDataSource

        spark.dataSource.register(KinesisDataSource)
        options = {
            "stream": stream.model_dump_json(by_alias=True, exclude_defaults=True),
            "known": json.dumps({mark: str(value) for mark, value in source.known.items()}),
            "endpoint": settings.kinesis_endpoint,
        }
    return spark.readStream.format("kinesis").options(**options).load().selectExpr(*_KINESIS_COLUMNS)


def databricks_kinesis(settings: Settings, stream: Stream, known: Mapping[str, int]) -> dict[str, str]:
    """Options of the Databricks source for Kinesis, given the marks of the stream. It takes no position per shard and
    starts where the stream did. Records that the table has are skipped."""
    begin = first_time(stream.starting_position, known)
    at = {"at_timestamp": f"{begin:%m/%d/%Y %H:%M:%S} UTC", "format": "MM/dd/yyyy HH:mm:ss ZZZ"} if begin else None
    options = {
        "streamName": stream.origin,
        "region": aws_region(settings.kinesis_endpoint) or "",
        "initialPosition": json.dumps(at) if at else "trim_horizon",
    }
    return {name: value for name, value in options.items() if value}


def _kafka(settings: Settings, stream: Stream, source: Source) -> dict[str, str]:
    offsets = {partition: source.known.get(partition, _EARLIEST) for partition in source.shards}
    try:
        options = spark_options(settings)
    except KafkaUnavailableError as error:
        raise StreamError(f"{stream.address}: {error}") from error
    return {
        **{f"kafka.{name}": value for name, value in options.items()},
        # The default of librdkafka too: skip records of aborted transactions.
        "kafka.isolation.level": "read_committed",
        "subscribe": stream.origin,
        "startingOffsets": json.dumps({stream.origin: offsets}),
        "maxOffsetsPerTrigger": str(stream.limits.records),
    }


def _provide_kafka(spark: SparkSession, settings: Settings) -> None:
    """Add Kafka's source to the session if it is missing. A cluster may have it; a local session does not."""
    from pyspark.errors import PySparkException
    from pyspark.sql.utils import is_remote

    try:
        spark.readStream.format("kafka").options(subscribe="-", **{"kafka.bootstrap.servers": "-:1"}).load()
        return
    except PySparkException:
        pass
    if is_remote():
        raise StreamError(
            "The Spark Connect server has no data source for Kafka. Start it with "
            f"--packages org.apache.spark:spark-sql-kafka-0-10_2.13:{spark.version}."
        )
    for jar in _kafka_jars(settings):
        spark.sql(f"ADD JAR '{jar}'")


def _kafka_jars(settings: Settings) -> list[Path]:
    if settings.spark_jars:
        return jars_in(settings.spark_jars, "kafka")
    return fetch_jars(find_java(settings.java_home), spark_home(), "kafka")
