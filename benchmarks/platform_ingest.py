"""Ingests pins with the platform's engine alone, without Dagster. Settings come from the environment."""

from __future__ import annotations

import json
import time

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines import build_engine
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.settings import load_settings


def main() -> None:
    engine = build_engine(load_settings(), Catalog.load(PINTEREST))
    started = time.perf_counter()
    result = engine.ingest("pin")
    seconds = time.perf_counter() - started
    engine.close()
    print(json.dumps({"rows": result.rows_added, "read_seconds": round(seconds, 3)}))


if __name__ == "__main__":
    main()
