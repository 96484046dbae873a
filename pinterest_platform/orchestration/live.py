"""Live results as assets: a run counts the stream's new records once. The command `stream` counts continuously."""

from collections.abc import Sequence
from contextlib import closing

import dagster as dg

from pinterest_platform.catalog import Catalog
from pinterest_platform.lake.lake import Lake
from pinterest_platform.live.contract import Live
from pinterest_platform.orchestration import metadata
from pinterest_platform.orchestration.names import own_name
from pinterest_platform.orchestration.results import asset_key
from pinterest_platform.settings import Settings
from pinterest_platform.streaming import Stream
from pinterest_platform.tasks.policy import OWNER

LAYER = "live"


def live_assets(
    settings: Settings, catalog: Catalog, live: Live, stream: Stream, *, can_be_run: bool
) -> Sequence[dg.AssetsDefinition | dg.AssetSpec]:
    """The live tables that count a stream. Dagster can run them only if `can_be_run`, else it just shows them."""
    specs = [
        dg.AssetSpec(
            asset_key(catalog.domain, address),
            deps=[asset_key(catalog.domain, stream.address)],
            description=f"{table.description} `pinterest-platform stream` keeps it up to date.",
            group_name=own_name(catalog.domain, LAYER),
            kinds={"duckdb", "deltalake"},
            owners=[OWNER],
            metadata=metadata.definition(catalog.domain, catalog.streams[address]),
        )
        for address, table in live.tables.items()
    ]
    if not can_be_run:
        return specs

    @dg.multi_asset(specs=specs, name="live_results", pool=own_name(catalog.domain, "live_results"))
    def count(context: dg.AssetExecutionContext):  # type: ignore[no-untyped-def]
        with closing(live.open(settings, stream.address)) as results:
            done = results.update()
        context.log.info("%d posts counted, %d of them late", *(done.posts, done.late) if done else (0, 0))
        for address in live.tables:
            table = Lake(settings.lake_root).open(address)
            figures = {"dagster/row_count": table.count(), "version": table.version()} if table else {}
            yield dg.MaterializeResult(asset_key=asset_key(catalog.domain, address), metadata=figures)

    return [count]
