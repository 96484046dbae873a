"""Assembles the definitions: one function, used by the entry point, the command line and the tests alike."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from pinterest_platform.catalog import Catalog
from pinterest_platform.orchestration.assets import OWNER, model_asset, raw_asset, rejected_asset
from pinterest_platform.orchestration.jobs import asset_jobs, operation_jobs
from pinterest_platform.orchestration.resources import RefreshOptions, engine_resource
from pinterest_platform.orchestration.schedules import build_schedules
from pinterest_platform.orchestration.sensors import new_landing_objects
from pinterest_platform.orchestration.way_in import external_assets
from pinterest_platform.schemas import RECORDS
from pinterest_platform.settings import Settings, load_settings


def build_definitions(*, settings: Settings | None = None, models: Path | None = None) -> dg.Definitions:
    """Everything Dagster is to know.

    `settings` default to the environment's, `models` to the package's own folder of SQL files.

    Raises:
        SettingsError: a setting has a value that is not allowed.
        ModelError: a model file is broken; the message begins with file and line.
    """
    settings = settings or load_settings()
    catalog = Catalog.load(models)
    assets: list[dg.AssetsDefinition | dg.AssetSpec] = [*external_assets(settings, OWNER)]
    assets += [raw_asset(record, catalog, settings) for record in RECORDS]
    assets.append(rejected_asset(catalog, settings))
    assets += [model_asset(model, settings) for model in catalog.models.values()]
    jobs = asset_jobs(catalog)
    return dg.Definitions(
        assets=assets,
        jobs=[*jobs, *operation_jobs(catalog, settings)],
        schedules=build_schedules(),
        sensors=[new_landing_objects([job.name for job in jobs], settings)],
        resources={
            "engine": engine_resource(settings, catalog),
            "refresh": RefreshOptions(),
        },
        executor=dg.in_process_executor,
    )
