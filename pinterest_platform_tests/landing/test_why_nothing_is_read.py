"""A landing zone with nothing to read says what is expected there, what is there instead, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinterest_platform.landing.folder import FolderStore
from pinterest_platform.landing.layouts import Layout
from pinterest_platform.landing.survey import Survey, named, surveyed
from pinterest_platform.landing.zone import Zone

TOPICS = ["t.pin", "t.geo"]
PIN, GEO = (f"{topic}/partition=0/{topic}+0+0000000000.json" for topic in TOPICS)


def seen(root: Path, *keys: str, topics_dir: str = "topics") -> Survey:
    for key in keys:
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).write_text("")
    return surveyed(Zone(FolderStore(root, topics_dir)), str(root), TOPICS)


def test_all_is_well(tmp_path: Path) -> None:
    geo = f"topics/t.geo/year=2026/month=11/{GEO.rpartition('/')[2]}"
    found = seen(tmp_path, f"topics/{PIN}", geo, "topics/other/partition=0/x.json", "snapshots/t.pin.parquet")
    assert found == Survey(("t.pin (1 partition)", "t.geo (1 partition, in time folders)"), "", False, "other")


@pytest.mark.parametrize(
    ("keys", "topics_dir", "sure", "said"),
    [
        ([f"topics/{PIN}"], "topics", False, "nothing of t.geo has landed in {root}. Objects are expected below"),
        ([".keep"], "topics", False, "nothing has landed in {root} yet. Objects are expected below topics/t.pin/"),
        ([PIN, GEO], "topics", True, "the topics are in {root} itself, not in topics/"),
        ([f"raw/{PIN}"], "topics", True, "the topics are in raw/ of {root}. Set PINTEREST_LANDING_TOPICS_DIR=raw"),
        ([f"prod/topics/{PIN}"], "topics", True, "a level too high: the topics are in prod/topics. Set it to prod"),
        ([f"topics/{PIN}"], "", True, "the topics are in topics/ of {root}"),
        ([f"topics/{PIN.replace('t.', 'u.')}"], "topics", True, "has the topics u.pin, but none of t.pin, t.geo"),
        (["a/b/c.csv", "d.txt"], "topics", True, "topics/t.pin/partition=0/t.pin+0+0000000000.json"),
        (["a/b/c.csv", "d.txt"], "topics", True, "Found a/, d.txt. If records have landed, correct"),
        (["topics/t.pin/part-0.json"], "topics", True, "like t.pin+0+0000000000.json. Found topics/t.pin/part-0.json"),
    ],
)  # fmt: skip
def test_what_is_said(keys: list[str], topics_dir: str, sure: bool, said: str, tmp_path: Path) -> None:
    found = seen(tmp_path, *keys, topics_dir=topics_dir)
    assert said.format(root=tmp_path) in found.problem
    assert found.sure == sure


def test_folder_that_does_not_exist(tmp_path: Path) -> None:
    found = surveyed(Zone(FolderStore(tmp_path / "mistyped")), str(tmp_path / "mistyped"), TOPICS)
    assert found.problem.startswith(f"there is nothing at {tmp_path}/mistyped. Correct PINTEREST_LANDING")
    assert found.sure


def test_layout_that_is_told_is_shown_with_what_it_leaves_out(tmp_path: Path) -> None:
    keys = [f"topics/{PIN}", f"topics/{GEO}", "topics/t.pin/year=2026/t.pin+0+0000000001.json"]
    seen(tmp_path, *keys)
    for layout, said in {
        Layout.PARTITION: "t.pin (1 partition, not read: topics/t.pin/year=2026/)",
        Layout.TIME: "t.pin (1 partition, in time folders)",
    }.items():
        assert surveyed(Zone(FolderStore(tmp_path), layout), str(tmp_path), TOPICS).topics[0] == said


def test_ten_are_named() -> None:
    assert named([f"k{n}" for n in range(1, 11)]) == "k1, k2, k3, k4, k5, k6, k7, k8, k9, k10"
    assert named([f"k{n}" for n in range(1, 1013)]) == "k1, k2, k3, k4, k5, k6, k7, k8, k9, k10 and 1,002 more"
