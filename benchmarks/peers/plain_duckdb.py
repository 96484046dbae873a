"""The pipeline as a hand-written DuckDB script: landing files to 17 Delta tables, from scratch on each run.

It has neither the features that the platform adds (rejected lines, exactly once, increments, checks, lineage) nor their
cost.
Usage: `plain_duckdb.py LANDING LAKE TOPIC_PREFIX`.
"""

from __future__ import annotations

import sys

import duckdb
from deltalake import write_deltalake
from plain_duckdb_sql import ANALYTICS, CLEANED, COLUMNS


def load_raw(db: duckdb.DuckDBPyConnection, landing: str, prefix: str, name: str) -> None:
    """Create the view `raw_<name>`: records of a topic with their origin. A copy would cost time and memory."""
    topic = f"{prefix}.{name}"
    columns = ", ".join(f"'{column}': '{kind}'" for column, kind in COLUMNS[name].items())
    db.execute(
        f"""
        CREATE TABLE landed_{name} AS
        SELECT * FROM read_json('{landing}/topics/{topic}/*/*.json', columns = {{{columns}}},
            format = 'newline_delimited', filename = 'landing_file')
        """
    )
    # Rows keep the order of the files, so a row's number minus that of its file's first row is its line.
    names = ", ".join(f'"{column}"' for column in COLUMNS[name])
    db.execute(
        f"""
        CREATE TABLE files_{name} AS
        SELECT landing_file, min(rowid) AS first_row,
            regexp_extract(landing_file, '\\+(\\d+)\\+\\d+\\.json$', 1)::INTEGER AS kafka_partition,
            regexp_extract(landing_file, '\\+(\\d+)\\.json$', 1)::BIGINT AS start_offset
        FROM landed_{name} GROUP BY landing_file;
        CREATE VIEW raw_{name} AS
        SELECT {names}, '{topic}' AS kafka_topic, kafka_partition,
            start_offset + landed_{name}.rowid - first_row AS kafka_offset, NULL::TIMESTAMP AS kafka_timestamp,
            landing_file, now()::TIMESTAMP AS ingested_at
        FROM landed_{name} JOIN files_{name} USING (landing_file)
        """
    )


def main(landing: str, lake: str, prefix: str) -> None:
    db = duckdb.connect()
    for name in COLUMNS:
        load_raw(db, landing, prefix, name)
        write_deltalake(f"{lake}/raw/{name}", db.sql(f"FROM raw_{name}"), mode="overwrite")
    for name, select in CLEANED.items():
        db.execute(f"CREATE TABLE {name} AS {select}")
        db.execute(f"DROP TABLE landed_{name}")
        write_deltalake(f"{lake}/cleaned/{name}", db.sql(f"FROM {name}"), mode="overwrite")
    for name, select in ANALYTICS.items():
        db.execute(f"CREATE TABLE {name} AS {select}")
        write_deltalake(f"{lake}/analytics/{name}", db.sql(f"FROM {name}"), mode="overwrite")


if __name__ == "__main__":
    main(*sys.argv[1:])
