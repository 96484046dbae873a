"""The page in the lake: written when there is something new to say, left alone when not, and what when it cannot be."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pinterest_platform.lake.errors import LakeError
from pinterest_platform.report.publish import Published, publish
from pinterest_platform_tests.landing_data import Platform, geo, open_platform, pin, user
from pinterest_platform_tests.report.lakes import CATALOG, compute, settings


@pytest.fixture(scope="module")
def one_post(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a lake with one post in it."""
    platform = open_platform(tmp_path_factory.mktemp("lake"))
    for record, line in (("pin", pin()), ("geo", geo()), ("user", user())):
        platform.landing.put(0, [line], record=record)
    compute(platform)
    platform.engine.close()
    return platform.root


@pytest.fixture
def platform(one_post: Path, tmp_path: Path) -> Iterator[Platform]:
    """A lake of the test's own with one post in it."""
    platform = open_platform(shutil.copytree(one_post, tmp_path / "lake"))
    yield platform
    platform.engine.close()


def published(platform: Platform, *, anew: bool = False) -> Published:
    return publish(settings(platform), CATALOG, platform.engine, anew=anew)


def test_written_once_and_again_when_a_table_has_changed(platform: Platform) -> None:
    first = published(platform)
    page = Path(first.uri)
    assert page == platform.root / "lake" / "report" / "overview.html"
    assert (first.outcome, first.size) == ("replaced", page.stat().st_size)
    assert "1 post as of now" in page.read_text()
    written = page.stat().st_mtime_ns
    again = published(platform)
    assert (again.outcome, again.size, page.stat().st_mtime_ns) == ("unchanged", first.size, written)
    platform.landing.put(1, [pin(2)])
    compute(platform)
    assert published(platform).outcome == "replaced"
    assert "2 posts as of now" in page.read_text()
    assert [path.name for path in page.parent.iterdir()] == ["overview.html"]


def test_written_again_when_asked_to_or_when_it_would_be_another(platform: Platform) -> None:
    published(platform)
    assert published(platform, anew=True).outcome == "replaced"
    models = dict(CATALOG.models)
    told = models["analytics/users_joined_by_year"]
    models[told.address] = replace(told, description="Who came when.")
    other = publish(settings(platform), replace(CATALOG, models=models), platform.engine)
    assert other.outcome == "replaced"
    assert "Who came when." in Path(other.uri).read_text()


@pytest.mark.parametrize("address", ["raw/user", "cleaned/user"])
def test_written_again_when_columns_are_described_in_other_words(platform: Platform, address: str) -> None:
    """The page tells of each column that a result comes from, back to the source."""
    published(platform)
    described = tuple(replace(column, description="In other words.") for column in CATALOG.columns(address))
    table = replace(CATALOG.table(address), columns=described)
    layer = "raw" if address in CATALOG.raw else "models"
    catalog = replace(CATALOG, **{layer: {**getattr(CATALOG, layer), address: table}})
    other = publish(settings(platform), catalog, platform.engine)
    assert other.outcome == "replaced"
    assert "In other words." in Path(other.uri).read_text()


def test_cannot_be_written(platform: Platform) -> None:
    (platform.root / "lake" / "report").write_text("in the way")
    with pytest.raises(LakeError, match=r"report/overview\.html: cannot be read or written: "):
        published(platform)
    (platform.root / "lake" / "report").unlink()
    assert published(platform).outcome == "replaced"
