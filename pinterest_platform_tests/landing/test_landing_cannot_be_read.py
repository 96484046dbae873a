"""A landing zone that cannot be listed or read says which place, why, and what to do."""

from __future__ import annotations

import multiprocessing
import os

import pytest

from pinterest_platform.landing.batches import ChangedWhileReadError, open_batch, open_plain
from pinterest_platform.landing.store import LandingError
from pinterest_platform.landing.stores import open_store
from pinterest_platform.pinterest.records import PIN
from pinterest_platform_tests.landing.parsing import LineByLine, connection
from pinterest_platform_tests.landing_data import Landing, pin

NOBODY = 65534


def test_landing_is_a_file(tmp_path):
    (tmp_path / "landing").write_text("")
    landing = Landing(tmp_path / "landing")
    with pytest.raises(LandingError, match=r"cannot read .*/landing/topics/t.pin: Not a directory.*PINTEREST_LANDING"):
        landing.store.partitions("t.pin")


def test_landing_does_not_exist_yet(landing):
    assert list(landing.store.topics()) == []
    assert list(landing.store.partitions("t.pin")) == []
    assert landing.store.list("t.pin", 0).objects == ()


def test_partition_is_a_file(landing):
    landing.path(0).parent.parent.mkdir(parents=True)
    landing.path(0).parent.write_text("")
    with pytest.raises(LandingError, match=r"partition=0.*: Not a directory"):
        landing.store.list("t.pin", 0)


def test_object_is_gone_when_it_is_read(landing):
    path = landing.put(0, [pin()])
    objects = landing.store.list("t.pin", 0).objects
    path.unlink()
    with pytest.raises(LandingError, match=r"t\.pin\+0\+0000000000\.json: No such file"):
        list(landing.store.read(objects))


def test_object_in_place_is_gone_when_it_is_read(landing, monkeypatch):
    monkeypatch.setattr("pinterest_platform.landing.batches.DIRECT_BYTES", 1)
    path = landing.put(0, [pin()])
    objects = landing.store.list("t.pin", 0).objects
    path.unlink()
    with pytest.raises(LandingError, match="No such file"), open_batch(landing.store, "t.pin", objects):
        pass


def test_object_became_a_folder(landing):
    path = landing.put(0, [pin()])
    objects = landing.store.list("t.pin", 0).objects
    path.unlink()
    path.mkdir()
    with pytest.raises(LandingError, match=r"0000000000\.json is no longer a file"):
        list(landing.store.read(objects))


def _complaint(landing: Landing) -> str:
    """What is said when everything is listed and read."""
    try:
        for partition in landing.store.partitions("t.pin"):
            list(landing.store.read(landing.store.list("t.pin", partition).objects))
    except LandingError as error:
        return str(error)
    return "nothing"


def _complaint_to_nobody(landing: Landing, report) -> None:
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    report.send(_complaint(landing))


@pytest.mark.parametrize(
    ("mode_of_folder", "mode_of_object"), [(0o000, 0o644), (0o444, 0o644), (0o755, 0o000)], ids=["x", "r", "object"]
)
def test_no_permission(landing, mode_of_folder, mode_of_object):
    """Each step of the way can be forbidden: listing the folder, looking at an object, opening it."""
    path = landing.put(0, [pin()])
    path.chmod(mode_of_object)
    path.parent.chmod(mode_of_folder)
    if os.geteuid() == 0:  # Root may read everything, so somebody else tries.
        for parent in list(path.parents)[1:-2]:
            parent.chmod(parent.stat().st_mode | 0o055)
        received, report = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.get_context("fork").Process(target=_complaint_to_nobody, args=(landing, report))
        process.start()
        report.close()
        message = received.recv()
        process.join()
    else:
        message = _complaint(landing)
    path.parent.chmod(0o755)
    assert "landing zone: cannot read" in message
    assert "Permission denied" in message
    assert "this user has read permission" in message


def test_address_of_another_kind():
    with pytest.raises(
        LandingError, match=r"PINTEREST_LANDING='gs://bucket'.*is not supported\. Set a folder or s3://"
    ):
        open_store("gs://bucket")


@pytest.mark.parametrize("direct_bytes", [1, 2**40])
def test_object_grows_between_two_looks(landing, monkeypatch, direct_bytes):
    monkeypatch.setattr("pinterest_platform.landing.batches.DIRECT_BYTES", direct_bytes)
    path = landing.put(0, [pin()])
    objects = landing.store.list("t.pin", 0).objects
    with open_batch(landing.store, "t.pin", objects) as batch:
        path.write_bytes((pin() + b"\n") * 3)
        with pytest.raises(ChangedWhileReadError, match=r"0000000000\.json"):
            LineByLine(connection(), PIN).parse(landing.store, batch)
        with pytest.raises(ChangedWhileReadError), open_plain(landing.store, batch):
            pass


def test_object_is_larger_or_smaller_than_listed(landing):
    path = landing.put(0, [pin()])
    objects = landing.store.list("t.pin", 0).objects
    for content in (b"x" * 3_000_000, b"", b"short", b"y" * (objects[0].size + 1)):
        path.write_bytes(content)
        assert list(landing.store.read(objects)) == [content]


def test_no_room_for_the_spool_file(landing, tmp_path, monkeypatch):
    landing.put(0, [pin()])
    objects = landing.store.list("t.pin", 0).objects
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with (
        pytest.raises(LandingError, match=r"cannot spool objects in .*/nowhere: No such file.*point TMPDIR"),
        open_batch(landing.store, "t.pin", objects),
    ):
        pass
