"""Reads a landing zone in S3 with a simple loop: list a topic, get one object after the other, and decode its lines.

Usage: `read_boto3.py BUCKET TOPIC`. It checks and writes nothing.
"""

from __future__ import annotations

import json
import sys
import time

import boto3


def main(bucket: str, topic: str) -> None:
    started = time.perf_counter()
    s3 = boto3.client("s3")
    rows = []
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"topics/{topic}/"):
        for entry in page["Contents"]:
            body = s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read()
            rows += [json.loads(line) for line in body.splitlines()]
    seconds = time.perf_counter() - started
    print(json.dumps({"rows": len(rows), "read_seconds": round(seconds, 3)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
