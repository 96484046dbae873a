"""Which runs belong to a domain. Several domains can share one Dagster; no domain waits for another one's runs."""

from __future__ import annotations

import dagster as dg

from pinterest_platform.addresses import layer
from pinterest_platform.domain import RESERVED, Domain
from pinterest_platform.orchestration.jobs import MAINTENANCE, REFRESH, TIME_TRAVEL
from pinterest_platform.orchestration.names import own_name
from pinterest_platform.orchestration.results import address_of

#: Dagster's name, in each code location, for the job that materializes manually selected assets.
ADHOC_JOB = "__ASSET_JOB"


def is_of(domain: Domain, run: dg.DagsterRun) -> bool:
    """Whether a run belongs to the domain."""
    return refreshes(domain, run) or run.job_name in (own_name(domain, TIME_TRAVEL), own_name(domain, MAINTENANCE))


def refreshes(domain: Domain, run: dg.DagsterRun) -> bool:
    """Whether a run refreshes tables of the domain. A run of manually selected assets counts too, unless all of them
    belong to other domains."""
    if run.job_name != ADHOC_JOB:
        return run.job_name.startswith(own_name(domain, REFRESH))
    chosen = {*(run.asset_selection or ()), *(check.asset_key for check in run.asset_check_selection or ())}
    return not chosen or any(has(domain, key) for key in chosen)


def has(domain: Domain, key: dg.AssetKey) -> bool:
    """Whether an asset belongs to the domain."""
    prefix = [*domain.asset_prefix]
    return list(key.path[: len(prefix)]) == prefix and layer(address_of(domain, key)) in (*RESERVED, *domain.layers)
