"""Fills the source and posts all of it in bulk into a landing folder. Measures postings per second and memory.

Run it with `--postings 1000000` and `--postings 10000000`: memory must not grow with the number.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import harness
import measure

BENCHMARK = "posting"


def main() -> None:
    given = harness.arguments(__doc__, postings=1_000_000).parse_args()
    with harness.work_folder(given.work) as work:
        folder = work / BENCHMARK
        env = harness.platform_env(folder / "landing", folder / "lake", folder / "data")
        commands = {
            "generate": [harness.PLATFORM, "generate", "--rows", str(given.postings)],
            "post": [harness.PLATFORM, "post", "--order", "bulk"],
        }
        harness.emit_machine(BENCHMARK, repeats=given.repeats, postings=given.postings)
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in commands}
        for repeat in range(1, given.repeats + 1):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            for name, command in commands.items():
                harness.note(f"{BENCHMARK}: {name}, run {repeat} of {given.repeats}")
                figures = measure.run(command, env)
                figures["postings_a_second"] = round(given.postings / figures["seconds"])
                runs[name].append(figures)
                harness.emit(benchmark=BENCHMARK, contestant=name, run=repeat, **figures)
        _check(folder / "landing", given.postings)
        for name, figures_of_runs in runs.items():
            harness.emit_medians(BENCHMARK, name, figures_of_runs)


def _check(landing: Path, postings: int) -> None:
    """Fail unless each topic has all postings, one per line."""
    for topic in (landing / "topics").iterdir():
        lines = sum(path.read_bytes().count(b"\n") for path in topic.rglob("*.json"))
        if lines != postings:
            raise SystemExit(f"{topic.name} holds {lines} records, expected {postings}")


if __name__ == "__main__":
    main()
