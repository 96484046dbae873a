"""A landing of one record a file, as a sink with `flush.size=1` leaves it: ingesting it into Delta, against letting
Spark read it, against only reading the bytes.

`read_seconds` is the work alone, `seconds` the whole process; the session start of Spark is `session_seconds`.
"""

from __future__ import annotations

import harness
from landing_data import describe, make_landing

BENCHMARK = "small_files"


def main() -> None:
    parser = harness.arguments(__doc__, postings=100_000)
    parser.add_argument("--no-spark", action="store_true", help="leave Spark out")
    given = parser.parse_args()
    if not given.no_spark:
        harness.require_spark()
    with harness.work_folder(given.work) as work:
        landing = make_landing(work, given.postings, kinds=("pin",), file_records=1)
        harness.emit_machine(BENCHMARK, repeats=given.repeats, **describe(landing))
        ours = work / BENCHMARK
        reading = [str(landing), f"{harness.TOPIC_PREFIX}.pin"]
        entries = [
            harness.Contestant(
                "platform",
                [harness.PYTHON, str(harness.HERE / "platform_ingest.py")],
                harness.platform_env(landing, ours / "lake", ours / "data"),
                fresh=[ours],
            ),
            harness.Contestant("bytes", [harness.PYTHON, str(harness.HERE / "peers" / "read_bytes.py"), *reading]),
        ]
        if not given.no_spark:
            script = str(harness.HERE / "peers" / "read_spark.py")
            entries.append(harness.Contestant("spark", [harness.PYTHON, script, *reading]))
        medians = harness.compete(BENCHMARK, entries, given.repeats)
        for name, figures in medians.items():
            if figures["rows"] != given.postings:
                raise SystemExit(f"{name} read {figures['rows']} records, {given.postings} are there")


if __name__ == "__main__":
    main()
