"""Streams as usually read in a notebook on local Spark: the Kafka source, JSON with a schema, DataFrame functions, and
Spark's sink for Delta tables with a checkpoint per query. A record that is not JSON becomes a row of NULLs. The script
reads the existing records and stops.

Usage: `stream_spark.py BROKERS TOPIC_PREFIX FOLDER JAR,JAR,...`. Tables and checkpoints are in FOLDER.
"""

from __future__ import annotations

import json
import os
import sys
import time

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

SCHEMAS = {
    "pin": "index long, unique_id string, title string, description string, poster_name string, follower_count string, "
    "tag_list string, is_image_or_video string, image_src string, save_location string, category string",
    "geo": "ind long, timestamp timestamp_ntz, latitude double, longitude double, country string",
    "user": "ind long, first_name string, last_name string, age int, date_joined timestamp_ntz",
}


def start_spark(jars: str) -> SparkSession:
    return (
        SparkSession.builder.master("local[*]")
        .appName("pinterest-streams-notebook")
        .config("spark.jars", jars)
        .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
        .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
        .config("spark.driver.memory", "4g")
        # The defaults of 200 and 50 suit a cluster, not one machine.
        .config("spark.sql.shuffle.partitions", os.cpu_count())
        .config("spark.databricks.delta.snapshotPartitions", 1)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.ui.enabled", False)
        .config("spark.ui.showConsoleProgress", False)
        .getOrCreate()
    )


def null_if(column: str, *literals: str) -> Column:
    return F.when((F.trim(column) == "") | F.col(column).isin(*literals), None).otherwise(F.col(column))


def clean_pin(df: DataFrame) -> DataFrame:
    followers = F.regexp_extract("follower_count", r"^([0-9.]+)[kKmM]?$", 1).try_cast("double")
    unit = F.upper(F.substring("follower_count", -1, 1))
    factor = F.when(unit == "K", 1_000).when(unit == "M", 1_000_000).otherwise(1)
    return df.select(
        F.col("index").alias("ind"),
        "unique_id",
        null_if("title", "No Title Data Available").alias("title"),
        null_if("description", "Untitled", "No description available Story format").alias("description"),
        F.round(followers * factor).cast("long").alias("follower_count"),
        F.trim(null_if("poster_name", "User Info Error")).alias("poster_name"),
        null_if("tag_list", "N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e").alias("tag_list"),
        "is_image_or_video",
        null_if("image_src", "Image src error.").alias("image_src"),
        F.regexp_replace("save_location", "^Local save in ", "").alias("save_location"),
        "category",
    )


def clean_geo(df: DataFrame) -> DataFrame:
    return df.select("ind", "country", F.array("latitude", "longitude").alias("coordinates"), "timestamp")


def clean_user(df: DataFrame) -> DataFrame:
    name = F.concat_ws(" ", "first_name", "last_name").alias("user_name")
    return df.select("ind", name, "age", "date_joined")


def main(brokers: str, prefix: str, folder: str, jars: str) -> None:
    started = time.perf_counter()
    spark = start_spark(jars)
    session_seconds = time.perf_counter() - started
    queries = []
    for name, clean in (("pin", clean_pin), ("geo", clean_geo), ("user", clean_user)):
        lines = (
            spark.readStream.format("kafka")
            .option("kafka.bootstrap.servers", brokers)
            .option("subscribe", f"{prefix}.{name}")
            .option("startingOffsets", "earliest")
            # As many records as the platform commits at once.
            .option("maxOffsetsPerTrigger", 50_000)
            .load()
        )
        rows = clean(lines.select(F.from_json(F.col("value").cast("string"), SCHEMAS[name]).alias("r")).select("r.*"))
        writer = rows.writeStream.format("delta").option("checkpointLocation", f"{folder}/checkpoints/{name}")
        queries.append(writer.trigger(availableNow=True).start(f"{folder}/{name}"))
    for query in queries:
        query.awaitTermination()
    records = sum(spark.read.format("delta").load(f"{folder}/{name}").count() for name in SCHEMAS)
    spark.stop()
    print(json.dumps({"session_seconds": round(session_seconds, 3), "records": records}))


if __name__ == "__main__":
    main(*sys.argv[1:])
