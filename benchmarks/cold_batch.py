"""From landing files to all results on a fresh lake: the platform on both engines, a plain DuckDB script, and a Spark
notebook.

The peers do less. Neither rejects lines, checks tables, or can resume after a stop. The notebook answers eight of the
eleven questions and stores nothing. The benchmark fails unless all answers are equal.
"""

from __future__ import annotations

from pathlib import Path

import harness
import measure
from landing_data import describe, make_landing

BENCHMARK = "cold_batch"


def contestants(landing: Path, work: Path, *, spark: bool) -> tuple[list[harness.Contestant], list[Path]]:
    """The contestants, and the paths of their answers in the same order."""
    ours, plain, notebook = (work / name for name in ("platform", "plain_duckdb", "notebook_spark"))
    peers = harness.HERE / "peers"
    entries = [
        harness.Contestant(
            "platform",
            [harness.PLATFORM, "run"],
            harness.platform_env(landing, ours / "lake", ours / "data"),
            fresh=[ours],
        ),
        harness.Contestant(
            "plain_duckdb",
            [harness.PYTHON, str(peers / "plain_duckdb.py"), str(landing), str(plain), harness.TOPIC_PREFIX],
            fresh=[plain],
        ),
    ]
    places = [ours / "lake", plain]
    if spark:
        for engine in ("spark", "spark_alone"):
            folder = work / f"platform_{engine}"
            settings = harness.platform_env(landing, folder / "lake", folder / "data", engine)
            entries.append(harness.Contestant(folder.name, [harness.PLATFORM, "run"], settings, fresh=[folder]))
            places.append(folder / "lake")
        script, answers = str(peers / "notebook_spark.py"), notebook / "answers.json"
        command = [harness.PYTHON, script, str(landing), str(answers), harness.TOPIC_PREFIX]
        entries.append(harness.Contestant("notebook_spark", command, fresh=[notebook]))
        places.append(answers)
    return entries, places


def main() -> None:
    parser = harness.arguments(__doc__, postings=1_000_000)
    parser.add_argument("--no-spark", action="store_true", help="leave the Spark notebook out")
    given = parser.parse_args()
    if not given.no_spark:
        harness.require_spark()
    with harness.work_folder(given.work) as work:
        landing = make_landing(work, given.postings)
        harness.emit_machine(BENCHMARK, repeats=given.repeats, **describe(landing))
        entries, places = contestants(landing, work / BENCHMARK, spark=not given.no_spark)
        medians = harness.compete(BENCHMARK, entries, given.repeats)
        for entry, place in zip(entries[1:], places[1:], strict=True):
            same = measure.run([harness.PYTHON, str(harness.HERE / "compare.py"), str(places[0]), str(place)])
            harness.emit(
                benchmark=BENCHMARK,
                contestant=entry.name,
                same_answers=same["same_answers"],
                of=same["of"],
                times_the_platform=round(medians[entry.name]["seconds"] / medians["platform"]["seconds"], 2),
            )


if __name__ == "__main__":
    main()
