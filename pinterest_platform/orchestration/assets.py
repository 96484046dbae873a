"""One asset a table: `raw/<record>` ingests, `raw/rejected` reports, every modelled table is refreshed.

Each step judges its table's checks too, in the same op, so that a failed blocking check stops what is downstream while
the materialization stays on record. What a step does is said in `tasks.run`.
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

#: Runs that write a lake queue behind one another; see `dagster.yaml`. Each domain has a lake of its own.
POOL = "lake_writer"

#: The daily schedule refreshes every table; a table much older than that is worth a warning.
FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=50), warn_window=timedelta(hours=26))


def raw_asset(record: str, catalog: Catalog, settings: Settings) -> dg.AssetsDefinition:
    table = catalog.raw[f"raw/{record}"]
    key = asset_key(catalog.domain, table.address)

    @dg.asset(
        key=key,
        deps=[external.landing_key(catalog.domain, record)],
        check_specs=[*check_specs(catalog.domain, table.address, raw_checks.groups()), external.flow_spec(key)],
        metadata={**metadata.definition(catalog.domain, table), "topic": settings.topic(record)},
        description=f"{catalog.domain.records[record].description} Every record of its topic that fits, as it came. "
        "A run takes what is new of any day, so there is no backfill by day.",
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
        description=f"{table.description} Written by the ingestion of each topic; this step reports what is in it.",
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
