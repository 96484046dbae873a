"""The report as an asset: a page in the lake, written after the results that it shows."""

import dagster as dg

from pinterest_platform.catalog import Catalog
from pinterest_platform.orchestration.assets import FRESHNESS, POOL
from pinterest_platform.orchestration.names import own_name
from pinterest_platform.orchestration.resources import RefreshOptions
from pinterest_platform.orchestration.results import asset_key
from pinterest_platform.orchestration.workers import Worker
from pinterest_platform.report.publish import ADDRESS
from pinterest_platform.tasks.policy import OWNER

LAYER = "report"


def report_asset(catalog: Catalog) -> dg.AssetsDefinition:
    """The asset. If the results have not changed, its step leaves the page unchanged."""

    @dg.asset(
        key=asset_key(catalog.domain, ADDRESS),
        deps=[asset_key(catalog.domain, model.address) for model in catalog.results],
        description="The results as one HTML page: charts, each finding in words, and the quality of the data. The "
        "page covers all analytic tables and is stored in the lake.",
        group_name=own_name(catalog.domain, LAYER),
        kinds={"html"},
        owners=[OWNER],
        freshness_policy=FRESHNESS,
        pool=own_name(catalog.domain, POOL),
    )
    def publish(
        context: dg.AssetExecutionContext, worker: dg.ResourceParam[Worker], refresh: RefreshOptions
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]
        return worker.take(context, ADDRESS, anew=refresh.compute_anew)

    return publish
