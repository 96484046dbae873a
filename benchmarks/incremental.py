"""Brings a full lake up to date: with 10,000 postings of new keys, with 10,000 that update random keys, and with
nothing new.

The run with nothing new costs the start of Python, Dagster and the checks. `beyond_nothing_new` is a run's time minus
this cost. The lake grows a little with each run. Random keys are the hardest: they touch every file of the cleaned
tables.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Sequence
from pathlib import Path

import harness
import measure
from landing_data import FILE_RECORDS, KINDS, PARTITIONS, LandingWriter, describe, in_child, make_landing

BENCHMARK = "incremental"


def add_new(landing: Path, offsets: Sequence[int], first: int, count: int) -> list[int]:
    """Land `count` postings from row `first` on, and return the next offsets."""
    from pinterest_platform.pinterest.source.generator import generate

    writer = LandingWriter(landing, offsets, KINDS, FILE_RECORDS)
    for posting in generate(first + count, start=first):
        writer.add(posting)
    return writer.close()


def add_updates(landing: Path, offsets: Sequence[int], rows: int, count: int, seed: int) -> list[int]:
    """Land `count` postings with random keys of the first `rows` and new values, and return the next offsets."""
    from pinterest_platform.pinterest.source.generator import generate

    keys = random.Random(seed).sample(range(rows), count)
    writer = LandingWriter(landing, offsets, KINDS, FILE_RECORDS)
    for key, posting in zip(keys, generate(count, seed=seed), strict=True):
        pin, geo, user = ((key, *row[1:]) for row in (posting.pin, posting.geo, posting.user))
        writer.add(posting._replace(ind=key, pin=pin, geo=geo, user=user))
    return writer.close()


def linked_copy(landing: Path, copy: Path) -> None:
    """Copy a landing zone with hard links, so that objects can be added to the copy."""
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(landing / "topics", copy / "topics", copy_function=os.link)


class Lake:
    """A lake to bring up to date repeatedly, with the metrics of each kind of run."""

    def __init__(self, landing: Path, folder: Path, engine: str) -> None:
        self._env = harness.platform_env(landing, folder / "lake", folder / "data", engine)
        self.runs: dict[str, list[dict[str, float]]] = {}

    def update(self, kind: str) -> None:
        harness.note(f"{BENCHMARK}: {kind}")
        figures = measure.run([harness.PLATFORM, "run"], self._env)
        self.runs.setdefault(kind, []).append(figures)
        harness.emit(benchmark=BENCHMARK, contestant=kind, run=len(self.runs[kind]), **figures)

    def expect(self, rows: int) -> None:
        """Fail unless every cleaned table has this many rows."""
        tables = " UNION ALL ".join(f"SELECT COUNT(*) AS row_count FROM cleaned.{name}" for name in (*KINDS, "post"))
        query = f"SELECT MIN(row_count) AS fewest, MAX(row_count) AS most FROM ({tables})"
        found = measure.run([harness.PLATFORM, "query", "--format", "json", query], self._env)
        if (found["fewest"], found["most"]) != (rows, rows):
            raise SystemExit(f"cleaned tables have {found['fewest']} to {found['most']} rows, expected {rows}")


def main() -> None:
    parser = harness.arguments(__doc__, postings=1_000_000)
    parser.add_argument("--added", type=int, default=10_000, help="postings added before a run (%(default)s)")
    parser.add_argument("--engine", default="duckdb", choices=harness.ENGINES, help="default: %(default)s")
    given = parser.parse_args()
    with harness.work_folder(given.work) as work:
        base, folder = make_landing(work, given.postings), work / f"{BENCHMARK}-{given.engine}"
        shutil.rmtree(folder, ignore_errors=True)
        landing = folder / "landing"
        linked_copy(base, landing)
        harness.emit_machine(BENCHMARK, engine=given.engine, repeats=given.repeats, added=given.added, **describe(base))
        offsets = [len(range(partition, given.postings, PARTITIONS)) for partition in range(PARTITIONS)]
        rows, lake = given.postings, Lake(landing, folder, given.engine)
        lake.update("first")
        for repeat in range(given.repeats):
            lake.update("nothing_new")
            offsets = in_child(add_new, landing, offsets, rows, given.added)
            rows += given.added
            lake.update("new_keys")
            offsets = in_child(add_updates, landing, offsets, given.postings, given.added, repeat + 1)
            lake.update("updated_keys")
        lake.expect(rows)
        medians = {kind: harness.emit_medians(BENCHMARK, kind, runs) for kind, runs in lake.runs.items()}
        for kind in ("new_keys", "updated_keys"):
            beyond = {
                name: round(medians[kind][name] - medians["nothing_new"][name], 3)
                for name in ("seconds", "cpu_seconds")
            }
            harness.emit(benchmark=BENCHMARK, contestant=kind, beyond_nothing_new=beyond)


if __name__ == "__main__":
    main()
