"""A symbolic link in a landing folder is not followed but named: it could lead to any file of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinterest_platform.landing.folder import FolderStore
from pinterest_platform.landing.keys import LandingObject
from pinterest_platform.landing.store import LandingError
from pinterest_platform.landing.zone import Zone
from pinterest_platform_tests.landing_data import Landing, open_platform, pin, wait_for_settled

TOPIC = "t.pin"


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    """A folder of the host beside the landing zone, with an object in it."""
    folder = tmp_path / "host"
    folder.mkdir()
    (folder / f"{TOPIC}+1+0000000000.json").write_bytes(b"secret\n" + pin(7) + b"\n")
    return folder


def link(path: Path, to: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(to)
    return path


def test_a_file_of_the_host_is_not_ingested(tmp_path: Path, landing: Landing, outside: Path) -> None:
    wait_for_settled(landing.put(0, [pin(0)]))
    secret = next(outside.iterdir())
    link(landing.path(1), secret)
    link(landing.path(2), tmp_path / "nothing")
    link(landing.path(0, partition=1).parent, outside)
    platform = open_platform(tmp_path)
    done = platform.engine.ingest("pin")
    assert (done.rows_added, done.rows_rejected) == (1, 0)
    keys = [landing.path(1), landing.path(2), landing.path(0, partition=1).parent]
    assert sorted(done.strangers) == sorted(str(key.relative_to(landing.root)) for key in keys)
    link(landing.path(0).with_name("known.json"), secret)
    (landing.root / keys[0]).unlink()
    link(landing.path(0, pad=9), secret)  # Named as what is ingested already.
    assert len(platform.engine.ingest("pin").strangers) == 4


@pytest.mark.parametrize("folders", ["", "year=2026/month=11/", "category=art/"])
def test_in_any_layout(landing: Landing, outside: Path, folders: str) -> None:
    topic = landing.root / "topics" / TOPIC
    (topic / folders).mkdir(parents=True)
    (topic / folders / f"{TOPIC}+0+0000000000.json").write_bytes(pin(0))
    file = link(topic / folders / f"{TOPIC}+1+0000000000.json", next(outside.iterdir()))
    folder = link(topic / folders / "year=2027", outside)
    zone = Zone(landing.store)
    assert zone.partitions(TOPIC) == [0]
    assert sorted(zone.beside(TOPIC)) == sorted(str(path.relative_to(landing.root)) for path in (file, folder))


@pytest.mark.parametrize("linked", ["topics", f"topics/{TOPIC}"])
def test_a_linked_folder_of_a_topic_is_an_error(landing: Landing, outside: Path, linked: str) -> None:
    link(landing.root / linked, outside)
    with pytest.raises(LandingError, match=f"{linked} is a symbolic link, which is not followed"):
        Zone(landing.store).partitions(TOPIC)


def test_the_landing_zone_itself_may_be_a_link(tmp_path: Path, landing: Landing) -> None:
    landing.put(0, [pin(0)])
    store = FolderStore(link(tmp_path / "disk", landing.root))
    [item] = store.list(TOPIC, 0).objects
    assert list(store.read([item])) == [pin(0) + b"\n"]


def test_an_object_that_becomes_a_link_before_it_is_read(landing: Landing, outside: Path) -> None:
    secret = next(outside.iterdir())
    path = link(landing.path(0), secret)
    item = LandingObject(0, 0, str(path.relative_to(landing.root)), secret.stat().st_size, 0)
    with pytest.raises(LandingError, match="cannot read"):
        list(landing.store.read([item]))
