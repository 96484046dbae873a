"""Pinterest's domain with other models, for tests that write models of their own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pinterest_platform.domain import Domain
from pinterest_platform.pinterest import PINTEREST


def with_models(folder: Path) -> Domain:
    return replace(PINTEREST, models=folder)
