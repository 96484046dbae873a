"""Dagster's UI with this graph, in a browser: everything is on it, can be made from it, and what fails says why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from deltalake import DeltaTable, write_deltalake
from playwright.sync_api import Page, expect

from pinterest_platform.stack.ports import choose_port
from pinterest_platform_tests.browser.ui import UI
from pinterest_platform_tests.cli.conftest import runner, started
from pinterest_platform_tests.landing_data import PREFIX, open_platform
from pinterest_platform_tests.report.lakes import CATALOG, compute, land

ANALYTIC = "analytics/users_joined_by_year"
#: Large enough for the whole graph to be drawn with readable names.
LARGE = {"width": 8000, "height": 18000}

expect.set_options(timeout=60_000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with a lake of cleaned tables."""
    folder = tmp_path_factory.mktemp("ui")
    platform = open_platform(folder / "data")
    land(platform, 0, 200)
    compute(platform, (address for address in CATALOG.models if address.startswith("cleaned/")))
    platform.engine.close()
    return folder


@pytest.fixture(scope="module")
def ui(folder: Path) -> Iterator[UI]:
    port = choose_port()
    ui = UI(f"http://127.0.0.1:{port}")
    with started(folder, "dev", "--port", str(port), PINTEREST_TOPIC_PREFIX=PREFIX) as process:
        process.wait_until(ui.is_there)
        yield ui
        process.interrupt()
        process.wait(60)  # It stops, and with it all that it has started.
        assert not ui.is_there()


@pytest.mark.long
def test_every_asset_is_on_the_graph(ui: UI, page: Page) -> None:
    nodes = ui.ask("{assetNodes {assetKey {path} groupName}}")["assetNodes"]
    groups = sorted({node["groupName"] for node in nodes})
    assert {"source", "landing", "raw", "cleaned", "analytics", "report"} <= set(groups)
    names = {node["assetKey"]["path"][-1] for node in nodes}
    page.set_viewport_size(LARGE)
    expanded = ",".join(f"global@global:{group}" for group in groups)
    page.goto(f"{ui.address}/asset-groups?expanded={expanded}", wait_until="domcontentloaded")
    # A name that is cut has the whole of it in a tooltip.
    page.wait_for_function(
        """names => {
          const parts = [...document.querySelectorAll('svg *')];
          const there = new Set(parts.flatMap(part => [part.dataset.tooltip, part.textContent]));
          return names.every(name => there.has(name));
        }""",
        arg=sorted(names),
        timeout=60_000,
    )


@pytest.mark.long
def test_both_domains_are_code_locations(ui: UI, page: Page) -> None:
    page.goto(f"{ui.address}/deployment/locations", wait_until="domcontentloaded")
    for name in ("pinterest_platform.definitions", "retail"):
        expect(page.locator(f"a[href='/locations/{name}/']")).to_be_visible()
    expect(page.get_by_text("Loaded", exact=True)).to_have_count(2)
    page.goto(f"{ui.address}/jobs", wait_until="domcontentloaded")
    for name in ("refresh_all", "retail_refresh_all"):
        expect(page.locator(f"a[href$='/jobs/{name}']")).to_be_visible()


@pytest.mark.long
def test_resources_are_shown_with_what_they_are_set_to(ui: UI, folder: Path, page: Page) -> None:
    resources = f"{ui.address}/locations/pinterest_platform.definitions/resources"
    page.goto(resources, wait_until="domcontentloaded")
    for name in ("landing", "lake", "engine", "steps"):
        expect(page.get_by_text(name, exact=True).first).to_be_visible()
    page.goto(f"{resources}/lake", wait_until="domcontentloaded")
    expect(page.get_by_text("PINTEREST_LAKE")).to_be_visible()
    expect(page.get_by_text(str(folder / "data" / "lake"))).to_be_visible()


def test_materialized_from_the_ui_with_its_picture(ui: UI, page: Page) -> None:
    runs = "{runsOrError {... on Runs {results {status}}}}"
    before = len(ui.ask(runs)["runsOrError"]["results"])
    page.goto(f"{ui.address}/assets/{ANALYTIC}", wait_until="domcontentloaded")
    page.get_by_text("Materialize", exact=True).click()
    # Dagster has not made what the table is made of, and asks.
    page.get_by_role("button", name="Confirm").click()

    def statuses() -> list[str]:
        return [run["status"] for run in ui.ask(runs)["runsOrError"]["results"]]

    while len(statuses()) == before or statuses()[0] not in ("SUCCESS", "FAILURE"):
        page.wait_for_timeout(500)
    assert statuses()[0] == "SUCCESS"
    page.reload(wait_until="domcontentloaded")
    expect(page.get_by_text("Row count")).to_be_visible()
    expect(page.get_by_text(re.compile("authors who joined"))).to_be_visible()
    page.get_by_text("[Show Markdown]").first.click()
    picture = page.locator("img[src^='data:image/svg+xml']")
    expect(picture).to_be_visible()
    assert picture.evaluate("picture => picture.naturalWidth") > 300
    assert "joined" in str(picture.get_attribute("alt"))


@pytest.mark.long
def test_check_that_fails_is_red_and_says_why(ui: UI, folder: Path, page: Page) -> None:
    """An author is there twice."""
    table = DeltaTable(folder / "data" / "lake" / "cleaned" / "user")
    write_deltalake(table, table.to_pyarrow_table().slice(0, 1), mode="append")
    run = runner(folder)("run", "--select", "cleaned/user", PINTEREST_TOPIC_PREFIX=PREFIX)
    assert run.returncode == 1, run.stdout
    page.goto(f"{ui.address}/assets/cleaned/user?view=checks", wait_until="domcontentloaded")
    page.get_by_text("key", exact=True).first.click()
    expect(page.get_by_text(re.compile(r"key_unique: \d+ rows"))).to_be_visible()
    colours = page.get_by_text("Failed", exact=True).last.evaluate(
        """told => [told, told.parentElement, told.parentElement.parentElement]
          .map(getComputedStyle).flatMap(style => [style.color, style.backgroundColor])"""
    )
    assert any(_is_red(colour) for colour in colours), colours


def _is_red(colour: str) -> bool:
    red, green, blue, *opacity = (float(part) for part in re.findall(r"[0-9.]+", colour))
    return red > green + 20 and red > blue + 20 and opacity != [0.0]


@pytest.mark.long
@pytest.mark.parametrize("name", ["new_landing_objects", "daily"])
def test_sensor_and_schedule_are_switched_off_and_on(name: str, ui: UI, page: Page) -> None:
    page.goto(f"{ui.address}/automation", wait_until="domcontentloaded")
    row = page.locator("div[data-index]").filter(has=page.locator(f"a[href$='/{name}']"))
    switch = row.locator("input[type=checkbox]").last
    expect(switch).to_be_checked()
    for is_on in (False, True):
        # What can be clicked is the picture around it.
        switch.locator("xpath=..").click()
        expect(switch).to_be_checked(checked=is_on)
