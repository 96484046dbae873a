"""Engines in processes of their own: to be killed at a named moment or at any, or to work beside one another."""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from pinterest_platform import failpoints
from pinterest_platform.engines.contract import Engine
from pinterest_platform.failpoints import Failpoint
from pinterest_platform_tests.forked import CONTEXT, start
from pinterest_platform_tests.landing_data import Platform, open_platform

#: Constants to set in a child, as `module:name`.
Constants = dict[str, Any]


def barrier(parties: int) -> Any:
    return CONTEXT.Barrier(parties)


def pipe() -> Any:
    """(receiving end, sending end)."""
    return CONTEXT.Pipe(duplex=False)


def event() -> Any:
    return CONTEXT.Event()


@dataclass(frozen=True)
class Death:
    """The n-th time that a process passes a moment of writing `table`, an address; of any table where none is named."""

    moment: Failpoint
    table: str = ""
    nth: int = 1

    def arm(self) -> None:
        """Make this process die there by SIGKILL."""
        calls = count(1)

        def die(moment: Failpoint, table: str) -> None:
            if moment is self.moment and table.endswith(self.table) and next(calls) == self.nth:
                os.kill(os.getpid(), signal.SIGKILL)

        failpoints.armed = die

    def __str__(self) -> str:
        return " ".join(filter(None, (self.moment, self.table, str(self.nth) if self.nth > 1 else "")))


def run_to_death(
    root: Path,
    action: str,
    death: Death,
    *,
    constants: Constants | None = None,
    opened: Callable[[Path], Platform] = open_platform,
) -> None:
    """Run `action` of an engine over `root` until it dies."""
    process = start(_run_until, root, action, death, constants or {}, opened)
    process.join()
    assert process.exitcode == -signal.SIGKILL, f"{action} never came to: {death} (exit code {process.exitcode})"


def _run_until(root: Path, action: str, death: Death, constants: Constants, opened: Callable[[Path], Platform]) -> None:
    set_constants(constants)
    death.arm()
    act(opened(root).engine, action)


def act(engine: Engine, action: str) -> None:
    verb, _, argument = action.partition(" ")
    if verb == "ingest":
        engine.ingest(argument)
    elif verb == "reingest":
        engine.ingest(argument, full_refresh=True)
    elif verb == "refresh":
        engine.refresh(argument)
    elif verb == "release":
        engine.release(argument)
    else:
        raise ValueError(action)


def set_constants(constants: Constants) -> None:
    for name, value in constants.items():
        module, _, attribute = name.partition(":")
        setattr(importlib.import_module(f"pinterest_platform.{module}"), attribute, value)
