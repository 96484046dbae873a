"""Publications as assets: `warehouse/<name>`, written after its tables if the settings name a target."""

from __future__ import annotations

import dagster as dg

from pinterest_platform.catalog import Catalog
from pinterest_platform.domain import Publication
from pinterest_platform.orchestration.assets import FRESHNESS, POOL
from pinterest_platform.orchestration.names import own_name
from pinterest_platform.orchestration.resources import RefreshOptions
from pinterest_platform.orchestration.results import asset_key, check_specs, materialized
from pinterest_platform.tasks.policy import OWNER
from pinterest_platform.tasks.publishing import EQUAL, run_publication

LAYER = "warehouse"


def publication_asset(publication: Publication, catalog: Catalog) -> dg.AssetsDefinition:
    """The step always runs in Dagster's own process, which has the password. The other steps need no password."""
    domain = catalog.domain

    @dg.asset(
        key=asset_key(domain, publication.address),
        deps=[asset_key(domain, upstream) for upstream in publication.upstreams],
        check_specs=check_specs(domain, publication.address, [EQUAL]),
        description=publication.description,
        group_name=own_name(domain, LAYER),
        kinds=set(publication.kinds),
        owners=[OWNER],
        freshness_policy=FRESHNESS,
        pool=own_name(domain, POOL),
    )
    def publish(refresh: RefreshOptions) -> dg.MaterializeResult:  # type: ignore[type-arg]
        return materialized(domain, run_publication(publication, anew=refresh.compute_anew))

    return publish
