"""Posts like the course scripts: row by row, with a query for each of the three tables, and a request for each record.

Usage: `post_one_by_one.py rest|kafka COUNT`, with the platform's environment variables. `kafka` waits for each record
to be acknowledged.
"""

from __future__ import annotations

import json
import os
import sys

import requests
import sqlalchemy
from kafka import KafkaProducer

TABLES = {"pin": ("pinterest_data", '"index"'), "geo": ("geolocation_data", "ind"), "user": ("user_data", "ind")}


def main() -> None:
    way, count = sys.argv[1], int(sys.argv[2])
    prefix = os.environ["PINTEREST_TOPIC_PREFIX"]
    engine = sqlalchemy.create_engine(f"sqlite:///{os.environ['PINTEREST_DATA']}/source.db")
    producer = KafkaProducer(bootstrap_servers=os.environ["PINTEREST_KAFKA_BROKERS"]) if way == "kafka" else None
    for row in range(count):
        for record, (table, key) in TABLES.items():
            with engine.connect() as connection:
                [found] = connection.execute(sqlalchemy.text(f"SELECT * FROM {table} WHERE {key} = {row}"))
            value = dict(found._mapping)
            if producer:
                producer.send(f"{prefix}.{record}", json.dumps(value, default=str).encode()).get()
            else:
                reply = requests.post(
                    f"{os.environ['PINTEREST_REST_URL']}/topics/{prefix}.{record}",
                    headers={"Content-Type": "application/vnd.kafka.json.v2+json"},
                    data=json.dumps({"records": [{"value": value}]}, default=str),
                    timeout=60,
                )
                assert reply.status_code == 200


if __name__ == "__main__":
    main()
