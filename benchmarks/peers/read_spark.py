"""Reads a topic with local Spark: infers the schema, parses and aggregates every column, and writes nothing.

Usage: `read_spark.py LANDING TOPIC`.
"""

from __future__ import annotations

import json
import sys
import time

from notebook_spark import start_spark
from pyspark.sql import functions as F


def main(landing: str, topic: str) -> None:
    started = time.perf_counter()
    spark = start_spark()
    ready = time.perf_counter()
    pins = spark.read.json(f"{landing}/topics/{topic}")
    # The maximum of each column, because Spark does not parse columns that no result needs.
    columns = [F.max(column).alias(column) for column in pins.columns]
    rows = pins.agg(F.count("*").alias("row_count"), *columns).collect()[0]["row_count"]
    done = time.perf_counter()
    spark.stop()
    figures = {"rows": rows, "session_seconds": ready - started, "read_seconds": done - ready}
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
