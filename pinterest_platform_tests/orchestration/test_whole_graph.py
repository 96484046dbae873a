"""A run of all there is: what was landed reaches every result, and Dagster shows the picture and finding of each."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from xml.etree import ElementTree

import dagster as dg
import pytest

from pinterest_platform.lake.lake import Lake
from pinterest_platform.settings import Settings
from pinterest_platform_tests.orchestration.conftest import (
    ROWS,
    failed_checks,
    failures,
    figures,
    lander,
    runner,
    settings_in,
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_in(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def result(settings: Settings) -> dg.ExecuteInProcessResult:
    lander(settings)(0, ROWS)
    return runner(settings, dg.DagsterInstance.ephemeral(), default=None)()


def test_everything_landed_reaches_the_results(settings: Settings, result: dg.ExecuteInProcessResult) -> None:
    assert result.success, failures(result)
    assert not failed_checks(result)
    assert len(list(Lake(settings.lake_root).addresses())) == 19
    raw = figures(result, "raw/pin")
    assert (raw["lines"], raw["rows_added"], raw["rows_rejected"]) == (ROWS, ROWS, 0)
    assert figures(result, "cleaned/geo")["dagster/row_count"] == ROWS
    assert r"| age\_group |" in figures(result, "analytics/most_popular_category_by_age_group")["preview"]


def test_each_result_comes_with_its_picture_and_the_finding_on_the_page(
    settings: Settings, result: dg.ExecuteInProcessResult
) -> None:
    page = Path(settings.lake_root, "report", "overview.html").read_text()
    addresses = {e.asset_key.to_user_string() for e in result.get_asset_materialization_events() if e.asset_key}
    analytics = sorted(address for address in addresses if address.startswith("analytics/"))
    assert len(analytics) == 11
    for address in analytics:
        shown = figures(result, address)
        # Dagster has a rank where the page has a name.
        names = address in ("analytics/top_user_by_country", "analytics/country_with_top_user")
        assert names == ("#1" in shown["finding"])
        finding = re.sub(r"\\#\d", "[^<#]+", re.escape(shown["finding"]))
        assert re.search(f'<p class="finding">{finding}</p>', page), address
        title, encoded = re.fullmatch(r"!\[(.+)\]\(data:image/svg\+xml;base64,(.+)\)", shown["picture"]).groups()
        picture = ElementTree.fromstring(base64.b64decode(encoded))
        assert picture.findtext("{http://www.w3.org/2000/svg}title") == re.sub(r"\\(.)", r"\1", title)
        assert shown["preview"].startswith("| ")
    assert figures(result, "report/overview")["bytes"] == len(page.encode())
