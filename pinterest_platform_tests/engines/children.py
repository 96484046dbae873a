"""Engines in processes of their own: to be killed at a named step or at any moment, or to work beside one another."""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from pinterest_platform.engines.contract import Engine
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


def run_to_death(
    root: Path,
    action: str,
    place: str,
    *,
    constants: Constants | None = None,
    opened: Callable[[Path], Platform] = open_platform,
) -> None:
    """Run `action` of an engine over `root` until it dies by SIGKILL at `place`.

    A place is `before <module>:<name>#<n>` or `after ...`: at the n-th call of that function."""
    process = start(_run_until, root, action, place, constants or {}, opened)
    process.join()
    assert process.exitcode == -signal.SIGKILL, f"{action} never came to {place} (exit code {process.exitcode})"


def _run_until(root: Path, action: str, place: str, constants: Constants, opened: Callable[[Path], Platform]) -> None:
    set_constants(constants)
    die_at(place)
    act(opened(root).engine, action)


def die_at(place: str) -> None:
    """Make this process die by SIGKILL at a place, as `run_to_death` takes it."""
    when, _, step = place.partition(" ")
    name, _, number = step.partition("#")
    owner, attribute = _resolve(f"pinterest_platform.{name}")
    function, calls = getattr(owner, attribute), count(1)

    def dying(*args: Any, **kwargs: Any) -> Any:
        is_it = next(calls) == int(number)
        if is_it and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args, **kwargs)
        if is_it:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, attribute, dying)


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
        owner, attribute = _resolve(f"pinterest_platform.{name}")
        setattr(owner, attribute, value)


def _resolve(name: str) -> tuple[Any, str]:
    module, _, path = name.partition(":")
    owner: Any = importlib.import_module(module)
    *parents, attribute = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    return owner, attribute
