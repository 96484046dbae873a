"""A domain of taxi rides, made from nothing: the graph, a run of it, and how it stands beside others."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pinterest_platform.domain import Publication, Source
from pinterest_platform.engines import build_engine
from pinterest_platform.orchestration.build import build_definitions
from pinterest_platform.orchestration.execution import Run
from pinterest_platform.report.page import render
from pinterest_platform.report.reading import Reader
from pinterest_platform.streaming.catalog import load_catalog
from pinterest_platform_tests.domains import taxi

TABLES = ["raw/ride", "raw/rejected", "cleaned/ride", "analytics/rides_by_zone", "report/overview"]


class Heard:
    """Rows by address of what a run made, and what it found violated."""

    def __init__(self) -> None:
        self.rows: dict[str, int | None] = {}
        self.checks: list[tuple[str, str, str, bool]] = []
        self.failures: list[str] = []

    def started(self, address: str) -> None:
        assert address in TABLES

    def made(self, address: str, rows: int | None, figures: Mapping[str, Any]) -> None:
        self.rows[address] = rows
        self.findings = figures.get("finding") or getattr(self, "findings", "")

    def copied(self, address: str, figures: Mapping[str, Any]) -> None:
        raise AssertionError(address, figures)

    def violated(self, address: str, check: str, told: str, *, blocking: bool) -> None:
        self.checks.append((address, check, told, blocking))

    def failed(self, address: str, reason: str) -> None:
        self.failures.append(f"{address}: {reason}")


def test_graph_has_its_tables_and_nothing_of_another_domain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, domain = taxi(tmp_path, monkeypatch)
    domain = replace(
        domain,
        asset_prefix=("city", "taxi"),
        sources=lambda _: [Source("meters", "ride", "Meters of the taxis.", frozenset({"csv"}))],
    )
    definitions = build_definitions(domain=domain, settings=settings)
    specs = {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}
    assert sorted(specs) == sorted(f"city/taxi/{a}" for a in (*TABLES, "landing/ride", "source/meters"))
    upstream = {key: [dep.asset_key.to_user_string() for dep in spec.deps] for key, spec in specs.items()}
    assert upstream["city/taxi/landing/ride"] == ["city/taxi/source/meters"]
    assert upstream["city/taxi/raw/ride"] == ["city/taxi/landing/ride"]
    assert upstream["city/taxi/analytics/rides_by_zone"] == ["city/taxi/cleaned/ride"]
    layers = ("source", "landing", "raw", "cleaned", "analytics", "report")
    assert {spec.group_name for spec in specs.values()} == {f"city_taxi_{layer}" for layer in layers}


@pytest.mark.parametrize("prefix", [(), ("taxi",)])
def test_run_makes_every_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefix: tuple[str, ...]) -> None:
    settings, domain = taxi(tmp_path, monkeypatch)
    domain, heard = replace(domain, asset_prefix=prefix), Heard()
    settings = settings.model_copy(update={"dagster_home_folder": tmp_path / "home"})
    assert Run(settings, domain, ["+analytics", "raw/rejected", "report"]).execute(heard), heard.failures
    assert list(map(heard.rows.get, TABLES)) == [9, 1, 8, 3, None]
    assert heard.findings == "Harbour has the highest ride count, 3, of 3 rows."
    assert heard.checks == [("raw/ride", "expectations", "no_lines_rejected: 1 lines", False)]


def test_report_shows_results_by_their_shape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, domain = taxi(tmp_path, monkeypatch)
    catalog = load_catalog(settings, domain)
    with closing(build_engine(settings, catalog)) as engine:
        engine.ingest("ride")
        for address in catalog.models:
            engine.refresh(address)
        overview = Reader(settings, catalog, engine).overview()
    assert (overview.entities, overview.newest_event) == (8, None)
    [rides] = overview.arrived
    assert (rides.received, rides.rejected, rides.superseded, rides.current) == (10, 1, 1, 8)
    page = render(overview)
    for said in ("<h1>Taxi</h1>", "8 rides as of now", "Rides by zone", "by a newer record of the same ride"):
        assert said in page


def test_publication_follows_its_tables_and_is_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, domain = taxi(tmp_path, monkeypatch)
    done: list[bool] = []

    def publish(anew: bool) -> Mapping[str, Any]:
        done.append(anew)
        return {"outcome": "8 inserted", "location": "a place"}

    publication = Publication(
        name="city_hall",
        description="Rides, for the city.",
        upstreams=("cleaned/ride", "analytics/rides_by_zone"),
        kinds=frozenset({"postgres"}),
        publish=publish,
        differences=lambda: ["ride: 7 rows there, 8 in the lake"],
    )
    domain = replace(domain, asset_prefix=("taxi",), publications=lambda _: [publication])
    settings = settings.model_copy(update={"dagster_home_folder": tmp_path / "home"})
    heard = Heard()
    monkeypatch.setattr(heard, "started", lambda _: None)
    assert not Run(settings, domain, ["+warehouse"]).execute(heard)
    assert list(heard.rows) == ["raw/ride", "cleaned/ride", "analytics/rides_by_zone", "warehouse/city_hall"]
    assert done == [False]
    assert ("warehouse/city_hall", "equals_lake", "ride: 7 rows there, 8 in the lake", True) in heard.checks
