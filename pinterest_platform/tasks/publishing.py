"""The task of a publication: brings a place outside of the lake up to date, and holds it against the lake."""

from __future__ import annotations

import time
from collections.abc import Mapping

from pinterest_platform.domain import Domain, Publication
from pinterest_platform.settings import Settings
from pinterest_platform.tasks.result import CheckGroup, CheckResult, TaskResult

#: What is judged of each.
EQUAL = CheckGroup("equals_lake", blocking=True, description="It has as many rows as the lake, and the same answers.")


def publications(settings: Settings, domain: Domain) -> Mapping[str, Publication]:
    """Those of a domain by their addresses."""
    return {publication.address: publication for publication in domain.publications(settings)}


def run_publication(publication: Publication, *, anew: bool) -> TaskResult:
    """Publish and judge. Others can change that place, so it is held against the lake each time."""
    started = time.monotonic()
    figures = publication.publish(anew)
    differing = "; ".join(publication.differences())
    return TaskResult(
        address=publication.address,
        figures={**figures, "seconds": round(time.monotonic() - started, 3)},
        checks=(CheckResult(EQUAL.name, EQUAL.blocking, differing),),
    )
