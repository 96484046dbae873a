"""A landing zone with one record per file, as a sink with `flush.size=1` writes it. Compares ingesting it into Delta
with reading it in Spark, and with reading only the bytes.

`read_seconds` is the work alone, and `seconds` the whole process. `session_seconds` is the start of Spark's session.
"""

from __future__ import annotations

import harness
from landing_data import describe, make_landing

BENCHMARK = "small_files"


def main() -> None:
    parser = harness.arguments(__doc__, postings=100_000)
    parser.add_argument("--no-spark", action="store_true", help="skip Spark")
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
                raise SystemExit(f"{name} read {figures['rows']} records, expected {given.postings}")


if __name__ == "__main__":
    main()
