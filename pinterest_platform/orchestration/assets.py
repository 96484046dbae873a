"""One asset for each table: `raw/<record>` ingests, `raw/rejected` reports, every modelled table is refreshed.

Each step also evaluates its table's checks, in the same op. So a failed blocking check stops the downstream tables,
and the materialization stays on record. `tasks.run` defines the work of a step.
"""

from datetime import UTC, datetime, timedelta

import dagster as dg

from pinterest_platform.catalog import Catalog, Model, RawTable
from pinterest_platform.flow.topics import look
from pinterest_platform.orchestration import external, metadata
from pinterest_platform.orchestration.names import own_name
from pinterest_platform.orchestration.resources import RefreshOptions
from pinterest_platform.orchestration.results import asset_key, check_specs
from pinterest_platform.orchestration.workers import Worker
from pinterest_platform.settings import Settings
from pinterest_platform.tasks import checks, raw_checks
from pinterest_platform.tasks.policy import OWNER

#: Runs that write to a lake take turns; see `dagster.yaml`. Each domain has its own lake.
POOL = "lake_writer"

#: The daily schedule refreshes every table, so a table much older than a day deserves a warning.
FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=50), warn_window=timedelta(hours=26))


def raw_asset(record: str, catalog: Catalog, settings: Settings) -> dg.AssetsDefinition:
    table = catalog.raw[f"raw/{record}"]
    key = asset_key(catalog.domain, table.address)

    @dg.asset(
        key=key,
        deps=[external.landing_key(catalog.domain, record)],
        check_specs=[*check_specs(catalog.domain, table.address, raw_checks.groups()), external.flow_spec(key)],
        metadata={**metadata.definition(catalog.domain, table), "topic": settings.topic(record)},
        description=f"{catalog.domain.records[record].description} Contains every valid record of the topic, "
        "unchanged. A run ingests all new records, from any day, so the table has no partitions to backfill.",
        group_name=own_name(catalog.domain, table.layer),
        kinds={settings.engine, "deltalake"},
        owners=[OWNER],
        freshness_policy=FRESHNESS,
        pool=own_name(catalog.domain, POOL),
    )
    def ingest(
        context: dg.AssetExecutionContext, worker: dg.ResourceParam[Worker], refresh: RefreshOptions
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]
        done = worker.take(context, table.address, anew=refresh.ingest_anew)
        flow = look(settings, catalog.domain, record, datetime.now(UTC))
        figures = done.metadata or {}
        if figures["lines"]:
            for observation in external.observations(settings, catalog.domain, record, flow, figures):
                context.log_event(observation)
        judged = [*done.check_results, external.judge(catalog.domain, flow)]
        return dg.MaterializeResult(asset_key=key, metadata=figures, check_results=judged)

    return ingest


def rejected_asset(catalog: Catalog, settings: Settings) -> dg.AssetsDefinition:
    table: RawTable = catalog.raw["raw/rejected"]
    key = asset_key(catalog.domain, table.address)

    @dg.asset(
        key=key,
        deps=[asset_key(catalog.domain, raw) for raw in catalog.steps_before(table.address)],
        check_specs=check_specs(catalog.domain, table.address, checks.groups(table)),
        metadata=metadata.definition(catalog.domain, table),
        description=f"{table.description} The ingestion of each topic writes this table. This step reports its "
        "contents.",
        group_name=own_name(catalog.domain, table.layer),
        kinds={settings.engine, "deltalake"},
        owners=[OWNER],
        freshness_policy=FRESHNESS,
        pool=own_name(catalog.domain, POOL),
    )
    def report(context: dg.AssetExecutionContext, worker: dg.ResourceParam[Worker]) -> dg.MaterializeResult:  # type: ignore[type-arg]
        return worker.take(context, table.address, anew=False)

    return report


def model_asset(model: Model, catalog: Catalog, settings: Settings) -> dg.AssetsDefinition:
    key = asset_key(catalog.domain, model.address)
    language = "sql" if model.function is None or settings.engine == "duckdb" else "pyspark"

    @dg.asset(
        key=key,
        deps=[asset_key(catalog.domain, upstream) for upstream in model.upstreams],
        check_specs=check_specs(catalog.domain, model.address, checks.groups(model)),
        metadata=metadata.definition(catalog.domain, model),
        description=metadata.description(model),
        group_name=own_name(catalog.domain, model.layer),
        kinds={settings.engine, "deltalake", language},
        owners=[model.owner],
        freshness_policy=FRESHNESS,
        pool=own_name(catalog.domain, POOL),
    )
    def refresh_table(
        context: dg.AssetExecutionContext, worker: dg.ResourceParam[Worker], refresh: RefreshOptions
    ) -> dg.MaterializeResult:  # type: ignore[type-arg]
        return worker.take(context, model.address, anew=refresh.compute_anew)

    return refresh_table
