"""One tick of a sensor that finds nothing new among the landing objects of a partition in S3.

Usage: `tick.py platform|get_objects BUCKET TOPIC OBJECTS`. The server counts its requests at `/requests`. The
platform's sensor knows the ingested offset of the partition, and `dagster_aws.s3.sensor.get_objects` the last key that
it saw.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from urllib.request import urlopen


def platform(bucket: str, topic: str, objects: int) -> Callable[[], int]:
    from pinterest_platform.landing.listing import START, plan_topic
    from pinterest_platform.landing.stores import open_store

    def look(positions: dict, thorough: bool = False) -> tuple:
        return plan_topic(open_store(f"s3://{bucket}"), topic, positions, partitions=[0], thorough=thorough).partitions

    from dataclasses import replace

    # The position after ingesting everything, computed from its last objects.
    [plan] = look({0: replace(START, lookback=objects - 600, widths=1 << 10)})
    position = replace(plan.after, next_offset=objects)
    return lambda: sum(len(p.objects) for p in look({0: position}))


def get_objects(bucket: str, topic: str, objects: int) -> Callable[[], int]:
    from dagster_aws.s3.sensor import get_objects

    last = f"topics/{topic}/partition=0/{topic}+0+{objects - 1:010d}.json"
    return lambda: len(get_objects(bucket, f"topics/{topic}/", since_key=last))


def requests() -> int:
    with urlopen(f"{os.environ['AWS_ENDPOINT_URL']}/requests") as answer:
        return int(answer.read())


def main(which: str, bucket: str, topic: str, objects: str) -> None:
    tick = {"platform": platform, "get_objects": get_objects}[which](bucket, topic, int(objects))
    before, started = requests(), time.perf_counter()
    found = tick()
    seconds = time.perf_counter() - started
    print(json.dumps({"found": found, "requests": requests() - before, "tick_seconds": round(seconds, 3)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
