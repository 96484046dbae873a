"""From the last acknowledged posting to all results: MySQL, REST proxy, Kafka, Connect and S3 of the local stack.

`landed_seconds` is the time until Connect has written the last record to the landing zone. A run then starts, and
`results_seconds` is the time until it has refreshed all tables of a lake in S3. The stack shares the machine with the
platform.
"""

from __future__ import annotations

import shutil
import time

import harness
import measure

from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.settings import load_settings
from pinterest_platform.stack.stack import Stack

BENCHMARK = "whole_way"


def main() -> None:
    given = harness.arguments(__doc__, postings=100_000, repeats=1).parse_args()
    with harness.work_folder(given.work) as work:
        folder = work / BENCHMARK
        shutil.rmtree(folder, ignore_errors=True)
        stack = Stack(load_settings(_env_file=None, data=folder, source_url="", dagster_home_folder=None), PINTEREST)
        try:
            stack.up(lambda name, what: harness.note(f"{BENCHMARK}: {name} {what}"))
            harness.emit_machine(BENCHMARK, postings=given.postings)
            _measure(stack, given.postings)
        finally:
            stack.down(lambda *_: None)


def _measure(stack: Stack, postings: int) -> None:
    env = stack.environment()
    measure.run([harness.PLATFORM, "generate", "--rows", str(postings)], env)
    harness.note(f"{BENCHMARK}: posting")
    posted = measure.run([harness.PLATFORM, "post", "--to", "rest", "--order", "bulk"], env)
    started = time.perf_counter()
    while stack.not_landed():
        time.sleep(0.2)
    landed = time.perf_counter() - started
    harness.note(f"{BENCHMARK}: running")
    ran = measure.run([harness.PLATFORM, "run"], env)
    harness.emit(
        benchmark=BENCHMARK,
        contestant="platform",
        records_a_second=round(3 * postings / posted["seconds"]),
        landed_seconds=round(landed, 1),
        run_seconds=ran["seconds"],
        results_seconds=round(landed + ran["seconds"], 1),
        peak_mb=ran["peak_mb"],
    )


if __name__ == "__main__":
    main()
