"""Runs contestants in turn, each in its own process, and prints their metrics as JSON lines.

Each contestant is a script or a command. The benchmark defines the comparison, and `measure` measures one run. A
benchmark's own process must stay small (`measure` says why), so separate processes make data and compare answers.
"""

from __future__ import annotations

import argparse
import fcntl
import importlib.util
import json
import os
import platform
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from statistics import median
from typing import Any

from measure import run

HERE = Path(__file__).resolve().parent
PYTHON = sys.executable
PLATFORM = str(Path(sys.executable).parent / "pinterest-platform")
TOPIC_PREFIX = "benchmark"
#: Settings of each. `spark` leaves small data to DuckDB, as users get it; `spark_alone` leaves it nothing.
ENGINES = {
    "duckdb": {"PINTEREST_ENGINE": "duckdb"},
    "spark": {"PINTEREST_ENGINE": "spark"},
    "spark_alone": {"PINTEREST_ENGINE": "spark", "PINTEREST_SPARK_MIN_MB": "0"},
}


@dataclass(frozen=True)
class Contestant:
    """A command to time. The folders in `fresh` are emptied before each run, which is not timed."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    fresh: Sequence[Path] = ()


def arguments(description: str | None, postings: int, repeats: int = 3) -> argparse.ArgumentParser:
    """A parser with the options of all benchmarks."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postings", type=int, default=postings, help="rows of each source table (%(default)s)")
    parser.add_argument("--repeats", type=int, default=repeats, help="runs of each contestant (%(default)s)")
    parser.add_argument(
        "--work", type=Path, help="folder for the data, kept for the next run (default: a temporary folder)"
    )
    return parser


@contextmanager
def work_folder(given: Path | None) -> Iterator[Path]:
    """The working folder: the given one, or a temporary one that is removed afterwards, also after SIGTERM."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        with (given / ".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SystemExit(
                    f"{given} is in use by another benchmark. Wait for it, or give another --work"
                ) from None
            yield given.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="pinterest-benchmark-") as folder:
        yield Path(folder)


def emit(**facts: Any) -> None:
    """Print one JSON line."""
    print(json.dumps(facts), flush=True)


def note(message: str) -> None:
    """Report progress on standard error. Standard output is for metrics."""
    print(message, file=sys.stderr, flush=True)


def platform_env(landing: Path, lake: Path, data: Path, engine: str = "duckdb") -> dict[str, str]:
    """Settings with which the platform reads `landing` and writes `lake`. Spark has the memory of its peers."""
    return {
        **ENGINES[engine],
        "PINTEREST_SPARK_DRIVER_MEMORY": "4g",
        "PINTEREST_LANDING": str(landing),
        "PINTEREST_LAKE": str(lake),
        "PINTEREST_DATA": str(data),
        "PINTEREST_TOPIC_PREFIX": TOPIC_PREFIX,
    }


def require_spark() -> None:
    """Exit with instructions if Spark cannot start."""
    if importlib.util.find_spec("pyspark") is None:
        raise SystemExit(f"pyspark is missing from {PYTHON}: pip install -e '.[spark]', or skip Spark: --no-spark")
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java") is None and not (home and (Path(home) / "bin" / "java").exists()):
        raise SystemExit("Java is missing: install Java 17 and put it on PATH, or skip Spark: --no-spark")


def emit_machine(benchmark: str, **facts: Any) -> None:
    """Print the machine, the versions and the arguments of the following metrics."""
    cpu = platform.processor()
    with suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = {name: _version(name) for name in ("duckdb", "deltalake", "dagster", "pyspark")}
    emit(
        benchmark=benchmark,
        machine={"cpu": cpu, "cores": os.cpu_count(), "memory_gb": round(memory, 1), "system": platform.platform()},
        python=platform.python_version(),
        versions=versions,
        **facts,
    )


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def compete(benchmark: str, contestants: Sequence[Contestant], repeats: int) -> dict[str, dict[str, Any]]:
    """Run the contestants in turn (A B, A B, ...), so that disturbances of the machine affect all of them alike.

    Prints a line per run and a line of medians per contestant. Returns the medians by contestant.
    """
    runs: dict[str, list[dict[str, Any]]] = {contestant.name: [] for contestant in contestants}
    for repeat in range(1, repeats + 1):
        for contestant in contestants:
            note(f"{benchmark}: {contestant.name}, run {repeat} of {repeats}")
            for folder in contestant.fresh:
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
            figures = run(contestant.command, contestant.env)
            runs[contestant.name].append(figures)
            emit(benchmark=benchmark, contestant=contestant.name, run=repeat, **figures)
    return {name: emit_medians(benchmark, name, figures) for name, figures in runs.items()}


def emit_medians(benchmark: str, contestant: str, runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Print and return the median of every metric."""
    medians = {name: round(median(run[name] for run in runs), 3) for name in runs[0]}
    emit(benchmark=benchmark, contestant=contestant, median_of=len(runs), **medians)
    return medians
