"""A landing zone in S3 with one record per object, as a sink with `flush.size=1` writes it. Compares ingesting it into
Delta with a boto3 loop that only reads it.

The S3 server is the local stack's, on this machine. It lacks the latency of a real server, which a loop pays for each
object. `read_seconds` is the work alone, and `seconds` the whole process.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import harness
from landing_data import describe, in_child, make_landing

from pinterest_platform.stack.s3 import S3Server

BENCHMARK = "s3_landing"
BUCKET = "landing"


def put(landing: Path, endpoint: str, access_key: str, secret_key: str) -> None:
    """Put the files of a landing folder into the bucket."""
    from obstore.store import S3Store

    store = S3Store(
        BUCKET,
        endpoint=endpoint,
        access_key_id=access_key,
        secret_access_key=secret_key,
        region="us-east-1",
        client_options={"allow_http": True},
    )
    with ThreadPoolExecutor(16) as pool:
        for _ in pool.map(
            lambda path: store.put(str(path.relative_to(landing)), path.read_bytes()), landing.rglob("*.json")
        ):
            pass


def main() -> None:
    given = harness.arguments(__doc__, postings=20_000).parse_args()
    with harness.work_folder(given.work) as work:
        landing = make_landing(work, given.postings, kinds=("pin",), file_records=1)
        server = S3Server(work / "s3")
        server.start()
        try:
            known = server.environment()
            if BUCKET not in [bucket["Name"] for bucket in server.client().list_buckets()["Buckets"]]:
                harness.note("putting the objects")
                server.client().create_bucket(Bucket=BUCKET)
                in_child(put, landing, server.endpoint, known["AWS_ACCESS_KEY_ID"], known["AWS_SECRET_ACCESS_KEY"])
            harness.emit_machine(BENCHMARK, repeats=given.repeats, **describe(landing))
            ours = work / BENCHMARK
            topic = f"{harness.TOPIC_PREFIX}.pin"
            settings = harness.platform_env(landing, ours / "lake", ours / "data")
            entries = [
                harness.Contestant(
                    "platform",
                    [harness.PYTHON, str(harness.HERE / "platform_ingest.py")],
                    {**settings, **known, "PINTEREST_LANDING": f"s3://{BUCKET}"},
                    fresh=[ours],
                ),
                harness.Contestant(
                    "boto3", [harness.PYTHON, str(harness.HERE / "peers" / "read_boto3.py"), BUCKET, topic], known
                ),
            ]
            medians = harness.compete(BENCHMARK, entries, given.repeats)
        finally:
            server.stop()
        for name, figures in medians.items():
            if figures["rows"] != given.postings:
                raise SystemExit(f"{name} read {figures['rows']} records, expected {given.postings}")


if __name__ == "__main__":
    main()
