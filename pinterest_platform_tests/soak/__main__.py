"""The soak: the whole system at work for an hour, killed in parts all the time and sometimes as a whole. `make soak`.

Prints a line a kill, then how often what was killed and what came of it. Exit status 1 where anything is lost, doubled,
wrong or stuck.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import dagster as dg

from pinterest_platform.stack.stack import BUCKET
from pinterest_platform_tests.soak.kills import MARK, Killer
from pinterest_platform_tests.soak.settling import StuckError, call, settle, stuck
from pinterest_platform_tests.soak.system import System
from pinterest_platform_tests.soak.tables import differences

#: The course's order draws from so many rows.
_ROWS = 11_001


def main() -> int:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3600, help="how long to kill (%(default).0f)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="what is killed follows from it")
    parser.add_argument("--cuts", type=int, default=3, help="power cuts among the kills (%(default)s)")
    parser.add_argument("--rate", type=float, default=10, help="postings a second (%(default).0f)")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    for name in [name for name in os.environ if name.startswith(("PINTEREST_", "DAGSTER_", "AWS_"))]:
        del os.environ[name]
    folder = Path(tempfile.mkdtemp(prefix="soak-"))
    # PostgreSQL may be another user.
    folder.chmod(0o755)
    os.environ[MARK] = folder.name
    print(f"soak of {given.seconds:.0f} s with seed {given.seed} in {folder}", flush=True)
    # That servers are away is known.
    logging.disable()
    killer = Killer(System(folder, given.rate), given.seed)
    try:
        wrong = _soak(killer, given.seconds, given.cuts)
    finally:
        killer.stop_all()
    if wrong:
        print(f"FAILED; everything is kept in {folder}", *wrong, sep="\n- ")
        return 1
    shutil.rmtree(folder)
    print("PASS")
    return 0


def _soak(killer: Killer, seconds: float, cuts: int) -> list[str]:
    """Do it; what is wrong in the end, a sentence each."""
    system = killer.system
    system.prepare()
    os.environ.update(system.environment)
    call("generate", "--rows", str(_ROWS), environment=os.environ)
    killer.start()
    print("all parts work", flush=True)
    killer.run(seconds, cuts)
    wrong = [
        f"{kill.what} {kill.number}: {', '.join(kill.waiting)} never worked again"
        for kill in killer.kills
        if kill.waiting
    ]
    took = {}
    try:
        took = settle(killer)
        wrong += stuck(system)
        for name in ("stream", "daemon", "code"):
            killer.stop(name)
        clean = os.environ | {"PINTEREST_LAKE": f"s3://{BUCKET}/clean", "DAGSTER_HOME": str(system.folder / "clean")}
        call("run", environment=clean)
        call("stream", "--once", environment=clean)
        wrong += differences(system, os.environ["PINTEREST_LAKE"], clean["PINTEREST_LAKE"])
    except StuckError as error:
        wrong.append(str(error))
    _tell(killer, took)
    return wrong


def _tell(killer: Killer, took: dict[str, float]) -> None:
    print(
        f"\n{killer.system.posted:,} postings acknowledged, {len(killer.kills)} kills. Seconds until it worked again:"
    )
    print(f"{'':14}{'kills':>6}{'median':>8}{'longest':>8}  ended by itself")
    for what, count in sorted(Counter(kill.what for kill in killer.kills).items()):
        seconds = sorted(kill.seconds for kill in killer.kills if kill.what == what and kill.seconds is not None)
        middle, longest = (seconds[len(seconds) // 2], seconds[-1]) if seconds else (float("nan"),) * 2
        ends = killer.keepers[what].ends if what in killer.keepers else 0
        print(f"{what:14}{count:>6}{middle:>8.1f}{longest:>8.1f}  {ends or ''}")
    with dg.DagsterInstance.get() as instance:
        runs = Counter(run.status.value for run in instance.get_runs())
    print("runs:", ", ".join(f"{count} {status}" for status, count in sorted(runs.items())))
    print("seconds at the end until:", ", ".join(f"{what} {seconds:.0f}" for what, seconds in took.items()))


if __name__ == "__main__":
    sys.exit(main())
