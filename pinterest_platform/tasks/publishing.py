"""The task of a publication: brings a destination outside of the lake up to date, and compares it with the lake."""

from __future__ import annotations

import time

from pinterest_platform.domain import Publication
from pinterest_platform.tasks.result import CheckGroup, CheckResult, TaskResult

#: The check of each publication.
EQUAL = CheckGroup("equals_lake", blocking=True, description="It has as many rows as the lake, and the same answers.")


def run_publication(publication: Publication, *, anew: bool) -> TaskResult:
    """Publish and check. Others can change the destination, so every run compares it with the lake."""
    started = time.monotonic()
    figures = publication.publish(anew)
    differing = "; ".join(publication.differences())
    return TaskResult(
        address=publication.address,
        figures={**figures, "seconds": round(time.monotonic() - started, 3)},
        checks=(CheckResult(EQUAL.name, EQUAL.blocking, differing),),
    )
