"""Kills parts of the system one after the other while it works, and all at once, and measures when they work again."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg

from pinterest_platform_tests.soak.system import Keeper, System

RUN_WORKER = "run worker"
POWER_CUT = "power cut"
#: Seconds between two kills, and those in which what was killed must work again.
EVERY, PATIENCE = 20.0, 300.0
#: In the environment of every process of the system.
MARK = "SOAK"


@dataclass
class Kill:
    """What was killed and when; `waiting` are the parts that do not work yet, each with how to find out."""

    number: int
    what: str
    at: float
    waiting: dict[str, Callable[[], bool]] = field(default_factory=dict)
    seconds: float | None = None

    def look(self) -> None:
        """Tell it once all works again."""
        if self.seconds is not None:
            return
        self.waiting = {name: works for name, works in self.waiting.items() if not works()}
        if not self.waiting:
            self.seconds = time.time() - self.at
            begun = time.strftime("%H:%M:%S", time.localtime(self.at))
            print(f"{begun} {self.number:>3} {self.what}: works again after {self.seconds:.1f} s", flush=True)


class Killer:
    """Keeps the system up and kills it in parts, `cuts` times as a whole."""

    def __init__(self, system: System, seed: int) -> None:
        self.system = system
        self.kills: list[Kill] = []
        self._chance = random.Random(seed)
        self._power = threading.Event()
        self._power.set()
        self.keepers = {name: Keeper(part, self._power) for name, part in system.parts.items()}

    def start(self) -> None:
        """Start all that does not run, and wait until it works.

        Raises:
            TimeoutError: it does not.
        """
        began = time.time()
        for keeper in self.keepers.values():
            if keeper.part.server().is_running():
                keeper.answered = began
            keeper.start()
        first = Kill(0, "start", began, {n: lambda k=k: k.works(began) for n, k in self.keepers.items()})
        self._wait([first], PATIENCE)
        if first.waiting:
            raise TimeoutError(f"{', '.join(first.waiting)}: no work within {PATIENCE:.0f} s. See {self.system.folder}")

    def run(self, seconds: float, cuts: int) -> None:
        """Kill for so long, then wait until all works again or `PATIENCE` is over."""
        count = max(2, round(seconds / EVERY))
        # Not the first one: there is to be something on its way.
        dark = set(self._chance.sample(range(1, count), min(cuts, count - 1)))
        began = time.time()
        for number in range(count):
            self._wait(self.kills, began + number * EVERY - time.time(), whole=True)
            self.system.post_what_fits_nothing()
            self.kills.append(self._cut(number) if number in dark else self._kill_one(number))
        self._wait(self.kills, EVERY, whole=True)
        self._wait(self.kills, PATIENCE)

    def stop(self, name: str) -> None:
        """Stop a part in the way it is to be stopped, for good."""
        keeper = self.keepers[name]
        keeper.ended.set()
        keeper.join()
        keeper.part.server().stop()

    def stop_all(self) -> None:
        """End everything, whatever state it is in."""
        for keeper in self.keepers.values():
            keeper.ended.set()
        self._end_all()
        for keeper in self.keepers.values():
            if keeper.is_alive():
                keeper.join(PATIENCE)
        self._end_all()

    def _wait(self, kills: list[Kill], seconds: float, *, whole: bool = False) -> None:
        """Look at kills until nothing is waited for, or for the `whole` time."""
        until = time.time() + seconds
        while time.time() < until and (whole or any(kill.waiting for kill in kills)):
            for kill in kills:
                kill.look()
            time.sleep(max(0.0, min(0.5, until - time.time())))

    def _kill_one(self, number: int) -> Kill:
        runs = self.system.runs_at_work()
        there = [name for name, keeper in self.keepers.items() if keeper.part.server().is_running()]
        name = self._chance.choice([*there, *([RUN_WORKER] if runs else [])])
        at = time.time()
        if name == RUN_WORKER:
            run, pid = self._chance.choice(sorted(runs.items()))
            _kill(pid)
            return Kill(number, name, at, {run: lambda: self._ended(run)})
        keeper = self.keepers[name]
        keeper.killed = True
        _kill(keeper.part.server().pid)
        return Kill(number, name, at, {name: lambda: keeper.works(at)})

    def _cut(self, number: int) -> Kill:
        runs = self.system.runs_at_work()
        self._power.clear()
        for keeper in self.keepers.values():
            keeper.killed = True
        self._end_all()
        at = time.time()
        self._power.set()
        parts = {name: lambda keeper=keeper: keeper.works(at) for name, keeper in self.keepers.items()}
        return Kill(number, POWER_CUT, at, parts | {run: lambda run=run: self._ended(run) for run in runs})

    def _end_all(self) -> None:
        """Kill every process of the system; those of runs too, and what is just starting."""
        while found := self._processes():
            for pid in found:
                _kill(pid)

    def _processes(self) -> list[int]:
        servers = [keeper.part.server() for keeper in self.keepers.values()]
        marked = f"{MARK}={os.environ[MARK]}\0".encode()
        found = {server.pid for server in servers if server.is_running()}
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if marked in (folder / "environ").read_bytes():
                    found.add(int(folder.name))
        return sorted(found - {os.getpid()})

    def _ended(self, run_id: str) -> bool:
        with suppress(Exception), dg.DagsterInstance.get() as instance:  # Its database may be away.
            run = instance.get_run_by_id(run_id)
            return run is None or run.is_finished
        return False


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
