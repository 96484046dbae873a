"""The rows of a result, as findings and charts receive them, and a function that groups them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

Rows = Sequence[tuple[Any, ...]]
K = TypeVar("K")


def grouped(pairs: Iterable[tuple[K, Any]]) -> dict[K, list[Any]]:
    """Values by key, both in order of appearance."""
    found: dict[K, list[Any]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return dict(found)
