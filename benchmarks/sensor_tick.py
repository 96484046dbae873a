"""A tick of the sensor with nothing new, over a partition in S3 with many landed objects. Compares the platform with
`dagster_aws.s3.sensor.get_objects`, which lists all objects.

`requests` counts requests to the server, `tick_seconds` is the tick alone, and `seconds` the whole process. The server
invents its listings (`listing_server.py`), so the benchmark need not put a million objects.
"""

from __future__ import annotations

import harness
from listing_server import BUCKET, TOPIC, environment, serve

BENCHMARK = "sensor_tick"


def main() -> None:
    parser = harness.arguments(__doc__, postings=1_000_000, repeats=1)
    parser.add_argument("--no-peer", action="store_true", help="skip get_objects, which takes minutes")
    given = parser.parse_args()
    harness.emit_machine(BENCHMARK, repeats=given.repeats, objects=given.postings)
    script = str(harness.HERE / "peers" / "tick.py")
    with serve(given.postings) as server:
        entries = [
            harness.Contestant(
                name, [harness.PYTHON, script, name, BUCKET, TOPIC, str(given.postings)], environment(server.url)
            )
            for name in ("platform", "get_objects")[: 1 if given.no_peer else 2]
        ]
        medians = harness.compete(BENCHMARK, entries, given.repeats)
    for name, figures in medians.items():
        if figures["found"]:
            raise SystemExit(f"{name} found {figures['found']} new objects, expected 0")


if __name__ == "__main__":
    main()
