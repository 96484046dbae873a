"""Two domains and one lake, or one topic of snapshots: the second is refused, by a message that names both."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from pinterest_platform.catalog import Catalog
from pinterest_platform.domain import Domain, Snapshot, Source
from pinterest_platform.engines import build_engine
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.lake import Lake
from pinterest_platform.lake.owner import claim
from pinterest_platform.lake.storage import FolderStorage
from pinterest_platform.landing.store import LandingError
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.retail import RETAIL
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform.streaming import run_streams
from pinterest_platform.tasks.sources import land
from pinterest_platform_tests.cli.conftest import runner
from pinterest_platform_tests.landing_data import catalog as pinterest
from pinterest_platform_tests.retail.lakes import catalog as retail

LOG = logging.getLogger(__name__)


def settings_in(folder: Path) -> Settings:
    return load_settings(data=folder, landing="", lake="", topic_prefix="p", _env_file=None)


def refused(root: Path) -> str:
    return re.escape(f"{root} is the lake of domain 'pinterest', so domain 'retail' writes nothing there. Give each ")


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    "use",
    [
        lambda settings, catalog: ingest(settings, catalog, "cards"),
        lambda settings, catalog: refresh(settings, catalog, "cleaned/dim_users"),
        lambda settings, catalog: land(settings, catalog.domain, "cards", anew=False, log=LOG),
        lambda settings, catalog: run_streams(settings, catalog, []),
    ],
    ids=["ingested", "refreshed", "landed", "streamed"],
)
def test_lake_of_another_domain_is_refused(tmp_path: Path, use: Callable[[Settings, Catalog], object]) -> None:
    settings = settings_in(tmp_path)
    ingest(settings, pinterest(), "pin")
    before = files(tmp_path)
    with pytest.raises(LakeError, match=refused(tmp_path / "lake")):
        use(settings, retail())
    assert files(tmp_path) == before


def ingest(settings: Settings, catalog: Catalog, record: str) -> None:
    with closing(build_engine(settings, catalog)) as engine:
        engine.ingest(record)


def refresh(settings: Settings, catalog: Catalog, address: str) -> None:
    with closing(build_engine(settings, catalog)) as engine:
        engine.refresh(address)


def test_commands_say_so(tmp_path: Path) -> None:
    ingest(settings_in(tmp_path), pinterest(), "pin")
    lake = str(tmp_path / "lake")
    checked = runner(tmp_path)("--domain", "retail", "check", PINTEREST_LAKE=lake)
    assert f"failed lake           {lake} is the lake of domain 'pinterest'" in checked.stdout
    run = runner(tmp_path)("--domain", "retail", "run", "--select", "raw", PINTEREST_LAKE=lake)
    assert run.returncode == 1
    assert re.search(refused(Path(lake)), run.stdout)


def test_each_domain_has_its_lake_where_none_is_named(tmp_path: Path) -> None:
    for domain in (PINTEREST, RETAIL):
        settings = settings_in(tmp_path).below(domain.data_folder)
        claim(Lake(settings.lake_root), domain)
        claim(Lake(settings.lake_root), domain)
    assert {path: path.read_text() for path in files(tmp_path)} == {
        tmp_path / "lake/_domain": "pinterest\n",
        tmp_path / "retail/lake/_domain": "retail\n",
    }


def test_lake_from_before_is_its_own_domains(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    ingest(settings, pinterest(), "pin")
    (tmp_path / "lake/_domain").unlink()
    with pytest.raises(LakeError, match=r"has the raw tables pin, but none of domain 'retail', which has users, "):
        ingest(settings, retail(), "cards")
    ingest(settings, pinterest(), "geo")
    assert (tmp_path / "lake/_domain").read_text() == "pinterest\n"


def test_of_two_domains_that_begin_at_once_one_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create = FolderStorage.create

    def after_another(storage: FolderStorage, folder: str, name: str, content: bytes) -> None:
        create(storage, folder, name, b"pinterest\n")
        create(storage, folder, name, content)

    monkeypatch.setattr(FolderStorage, "create", after_another)
    with pytest.raises(LakeError, match=refused(tmp_path)):
        claim(Lake(str(tmp_path)), RETAIL)
    claim(Lake(str(tmp_path)), PINTEREST)


def test_lake_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LakeError, match=r"file/_domain: Not a directory. Check PINTEREST_LAKE"):
        claim(Lake(str(tmp_path / "file")), RETAIL)


def test_topic_of_snapshots_is_one_domains(tmp_path: Path) -> None:
    """Landing zone and prefix are shared, and each has records of the same name."""
    lakes = {name: settings_in(tmp_path).model_copy(update={"lake": str(tmp_path / name)}) for name in ("a", "b")}
    a, b = (replace(_with_cards(tmp_path / f"{name}.txt"), name=name) for name in lakes)
    assert land(lakes["a"], a, "cards", anew=False, log=LOG)["source_landed"] == 1
    before = files(tmp_path / "landing")
    for anew in (False, True):
        with pytest.raises(LandingError, match=r"p\.cards in .* belongs to domain 'a', so domain 'b' landed nothing"):
            land(lakes["b"], b, "cards", anew=anew, log=LOG)
    assert files(tmp_path / "landing") == before
    assert land(lakes["a"], a, "cards", anew=False, log=LOG)["source"] == "unchanged: not read"


def _with_cards(file: Path) -> Domain:
    rows = [{"card_number": file.stem}]
    snapshot = Snapshot(lambda: iter(rows), lambda: file.stem)
    return replace(RETAIL, sources=lambda _: [Source("cards", "cards", "Cards.", snapshot=snapshot)])
