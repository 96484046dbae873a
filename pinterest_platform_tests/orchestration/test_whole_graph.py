"""The report as an asset, and what Dagster shows of each result: its picture, its finding, what it is."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import dagster as dg

from pinterest_platform.orchestration.build import build_definitions
from pinterest_platform.settings import Settings
from pinterest_platform_tests.orchestration.conftest import ROWS, Run, failures, figures

Land = Callable[[int, int], None]


def test_each_result_comes_with_its_picture_and_the_finding_on_the_page(
    run: Run, land: Land, settings: Settings
) -> None:
    land(0, ROWS)
    result = run()
    assert result.success, failures(result)
    page = Path(settings.lake_root, "report", "overview.html").read_text()
    addresses = {e.asset_key.to_user_string() for e in result.get_asset_materialization_events() if e.asset_key}
    analytics = sorted(address for address in addresses if address.startswith("analytics/"))
    assert len(analytics) == 11
    for address in analytics:
        shown = figures(result, address)
        assert f'<p class="finding">{shown["finding"]}</p>' in page
        title, encoded = re.fullmatch(r"!\[(.+)\]\(data:image/svg\+xml;base64,(.+)\)", shown["picture"]).groups()
        picture = ElementTree.fromstring(base64.b64decode(encoded))
        assert picture.findtext("{http://www.w3.org/2000/svg}title") == title
        assert shown["preview"].startswith("| ")
    assert figures(result, "report/overview")["bytes"] == len(page.encode())
    assert figures(run(), "report/overview")["outcome"] == "unchanged"


def test_page_is_made_after_every_result(settings: Settings) -> None:
    graph = build_definitions(settings=settings).resolve_asset_graph()
    key = dg.AssetKey(["report", "overview"])
    assert {parent.path[0] for parent in graph.get(key).parent_keys} == {"analytics"}
    assert len(graph.get(key).parent_keys) == 11


def test_each_asset_says_what_it_is_and_where_it_comes_from(settings: Settings) -> None:
    specs = build_definitions(settings=settings).resolve_all_asset_specs()
    for spec in specs:
        address, told = spec.key.to_user_string(), str(spec.description)
        sentences = re.findall(r"[^.]+\.(?= |$)", told)
        assert len(sentences) >= 2, f"{address}: {told}"
        assert spec.group_name == spec.key.path[0]
        assert spec.owners, address
        assert spec.kinds, address
    [joined] = [spec for spec in specs if spec.key.path[-1] == "users_joined_by_year"]
    assert str(joined.description).endswith("A row is one post year, made from cleaned/user.")
