"""What is in a landing folder and is no file of its own: links, which could lead to any file of the machine, FIFOs, on
which a reader waits forever, and folders as deep as whoever writes there likes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pinterest_platform.landing.batches import open_batch
from pinterest_platform.landing.folder import FolderStore
from pinterest_platform.landing.layouts import Layout
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
    with pytest.raises(LandingError, match=f"{linked} is a symbolic link, and links are not followed"):
        Zone(landing.store).partitions(TOPIC)


def test_the_landing_zone_itself_may_be_a_link(tmp_path: Path, landing: Landing) -> None:
    landing.put(0, [pin(0)])
    store = FolderStore(link(tmp_path / "disk", landing.root))
    [item] = store.list(TOPIC, 0).objects
    assert list(store.read([item])) == [pin(0) + b"\n"]


def become(what: str, path: Path, outside: Path) -> None:
    """Put a link or a FIFO in the place of an object, or a link in the place of its folder."""
    if what == "folder":
        path.parent.rename(path.parent.with_name("moved"))
        link(path.parent, outside)
    else:
        path.unlink()
        link(path, next(outside.iterdir())) if what == "link" else os.mkfifo(path)


@pytest.mark.parametrize("direct_bytes", [1, 2**40])
@pytest.mark.parametrize("what", ["link", "FIFO", "folder"])
def test_an_object_that_becomes_something_else_before_it_is_read(
    landing: Landing, outside: Path, monkeypatch: pytest.MonkeyPatch, what: str, direct_bytes: int
) -> None:
    monkeypatch.setattr("pinterest_platform.landing.batches.DIRECT_BYTES", direct_bytes)
    path = landing.put(1, [pin(0)], partition=1)
    objects = landing.store.list(TOPIC, 1).objects
    become(what, path, outside)
    told = {"link": "cannot read", "FIFO": "is no longer a file", "folder": "partition=1 is a symbolic link"}
    with pytest.raises(LandingError, match=told[what]), open_batch(landing.store, TOPIC, objects):
        pass


@pytest.mark.parametrize("what", ["link", "FIFO", "folder"])
def test_an_object_that_becomes_something_else_while_it_is_read(
    landing: Landing, outside: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr("pinterest_platform.landing.batches.DIRECT_BYTES", 1)
    path = landing.put(1, [pin(0)], partition=1)
    with open_batch(landing.store, TOPIC, landing.store.list(TOPIC, 1).objects) as batch:
        become(what, path, outside)
        assert [Path(each).read_bytes() for each in batch.paths] == [pin(0) + b"\n"]


@pytest.mark.parametrize("folders", ["", "category=art/"])
def test_a_fifo_and_a_socket_are_named(landing: Landing, folders: str) -> None:
    topic = landing.root / "topics" / TOPIC
    (topic / folders / "partition=0").mkdir(parents=True)
    for number, kind in enumerate((os.mkfifo, lambda path: os.mknod(path, 0o140644))):
        kind(topic / folders / f"partition=0/{TOPIC}+0+000000000{number}.json")
    zone = Zone(landing.store)
    listed = zone.list(TOPIC, 0)
    assert listed.objects == ()
    assert len((*listed.strangers, *zone.beside(TOPIC))) == 2


def test_another_name_of_a_file_is_an_object_as_others_are(landing: Landing) -> None:
    landing.path(1).parent.mkdir(parents=True)
    landing.path(1).hardlink_to(landing.put(0, [pin(0)]))
    assert [item.start_offset for item in landing.store.list(TOPIC, 0).objects] == [0, 1]


@pytest.mark.parametrize("linked", ["topics", f"topics/{TOPIC}/partition=0"])
def test_nothing_is_written_through_a_link(landing: Landing, outside: Path, linked: str) -> None:
    link(landing.root / linked, outside)
    host = outside if linked.endswith("=0") else outside / TOPIC / "partition=0"
    host.mkdir(parents=True, exist_ok=True)
    (host / landing.path(1).name).touch()
    before = sorted(outside.rglob("*"))
    key = str(landing.path(5).relative_to(landing.root))
    with pytest.raises(LandingError, match="is a symbolic link, and links are not followed"):
        landing.store.create(key, pin(0))
    with pytest.raises(LandingError, match="is a symbolic link, and links are not followed"):
        landing.store.save(key, host / landing.path(1).name)
    with pytest.raises(LandingError, match="is a symbolic link, and links are not followed"):
        landing.store.written(key)
    with pytest.raises(LandingError, match="is a symbolic link, and links are not followed"):
        landing.store.remove(str(landing.path(1).relative_to(landing.root)))
    assert sorted(outside.rglob("*")) == before


def test_folders_deeper_than_any_sink_makes_are_named(landing: Landing) -> None:
    at = os.open(landing.put(0, [pin(0)]).parents[1], os.O_RDONLY)
    for _ in range(40):
        os.mkdir("category", dir_fd=at)
        below = os.open("category", os.O_RDONLY, dir_fd=at)
        os.close(os.open(f"{TOPIC}+1+0000000007.json", os.O_CREAT | os.O_WRONLY, dir_fd=at))
        os.close(at)
        at = below
    os.close(at)
    deep = Zone(landing.store, Layout.FIELD)
    assert deep.partitions(TOPIC) == [0, 1]
    assert len(deep.list(TOPIC, 1).objects) == 31
    assert [key.count("category") for key in deep.beside(TOPIC)] == [31]


@pytest.mark.parametrize("layout", [Layout.PARTITION, Layout.FIELD])
def test_names_made_of_any_bytes(
    tmp_path: Path, landing: Landing, monkeypatch: pytest.MonkeyPatch, layout: Layout
) -> None:
    monkeypatch.setenv("PINTEREST_LANDING_LAYOUT", layout.value)
    names = [b"a\nb", b"\x1b[2J", b"\xff\xfe", b"a..%2f..", b"it's", b"*", b"[a]", b"%70artition=0", b"x" * 250]
    topic = os.fsencode(landing.put(0, [pin(0)]).parents[1])
    for number, name in enumerate(names, start=1):
        Path(os.fsdecode(topic + b"/" + name)).mkdir()
        path = topic + b"/" + name + f"/{TOPIC}+0+{number:010}.json".encode()
        Path(os.fsdecode(path)).write_bytes(pin(number))
        Path(os.fsdecode(topic + b"/partition=0/" + name)).write_bytes(b"")
    platform = open_platform(tmp_path)
    done = platform.engine.ingest("pin")
    # What is no UTF-8 is named in any layout, and read in none.
    assert done.rows_added == (1 if layout is Layout.PARTITION else len(names))
    assert any(r"\xff\xfe" in key for key in done.strangers)
    assert len(done.strangers) == (2 * len(names) if layout is Layout.PARTITION else 1 + len(names))
