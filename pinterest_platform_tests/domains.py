"""Domains of tests: Pinterest's with other models, and the one that `pinterest-platform init` writes."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pinterest_platform.domain import Domain
from pinterest_platform.domains import load_domain
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform.starter import write_starter


def with_models(folder: Path) -> Domain:
    return replace(PINTEREST, models=folder)


def taxi(folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Settings, Domain]:
    """A domain of taxi rides made from nothing in a folder, with ten lines in its landing zone."""
    write_starter(folder / "taxi")
    # Another test's is of that name too.
    monkeypatch.delitem(sys.modules, "taxi_domain", raising=False)
    monkeypatch.syspath_prepend(str(folder / "taxi"))
    monkeypatch.chdir(folder / "taxi")
    settings = load_settings(data=folder / "taxi" / "data", topic_prefix="taxi", _env_file=None)
    return settings, load_domain("taxi_domain:TAXI")
