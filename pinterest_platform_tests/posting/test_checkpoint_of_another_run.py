"""A checkpoint is good for the run that wrote it, and for no other."""

from __future__ import annotations

from collections import Counter

import pytest

from pinterest_platform.pinterest.order import Course
from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.pinterest.source.loading import load
from pinterest_platform.posting.checkpoint import CheckpointError
from pinterest_platform.posting.emulator import post
from pinterest_platform.posting.orders import Sequential, bulk
from pinterest_platform_tests.posting.landed import assert_landed


@pytest.fixture
def checkpoint(small, folder, tmp_path):
    path = tmp_path / "checkpoint.json"
    post(small, Course(upper=500), folder(), count=100, checkpoint=path)
    return path


def resume(source, order, destination, path):
    return post(source, order, destination, count=200, checkpoint=path, resume=True)


def test_another_order(small, folder, checkpoint):
    with pytest.raises(
        CheckpointError, match=r"order order was 'course', is 'sequential'.*start again without resuming"
    ):
        resume(small, Sequential(), folder(), checkpoint)


def test_another_seed(small, folder, checkpoint):
    with pytest.raises(CheckpointError, match="order seed was 100, is 101"):
        resume(small, Course(101, upper=500), folder(), checkpoint)


def test_another_source(folder, checkpoint, tmp_path):
    load(f"sqlite:///{tmp_path}/other.db", 1_000, 9)
    with (
        SourceDatabase(f"sqlite:///{tmp_path}/other.db") as other,
        pytest.raises(CheckpointError, match=r"source digest was .* source url was '.*', is '.*other.db'"),
    ):
        resume(other, Course(upper=500), folder(), checkpoint)


def test_another_number_of_partitions(small, folder, checkpoint):
    with pytest.raises(CheckpointError, match="destination partitions was 3, is 4"):
        resume(small, Course(upper=500), folder(partitions=4), checkpoint)


def test_a_refused_resume_changes_nothing(small, folder, checkpoint):
    before = checkpoint.read_bytes()
    with pytest.raises(CheckpointError):
        resume(small, Course(101, upper=500), folder(), checkpoint)
    assert checkpoint.read_bytes() == before
    assert resume(small, Course(upper=500), folder(), checkpoint).posted == 100


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"version": 1}', '{"version": 2, "postings": 3}'])
def test_a_file_that_is_no_checkpoint(small, folder, tmp_path, content):
    path = tmp_path / "checkpoint.json"
    path.write_text(content)
    with pytest.raises(CheckpointError, match=rf"Checkpoint {path} cannot be read"):
        resume(small, Course(upper=500), folder(), path)


def test_no_file_yet_is_the_beginning(small, folder, landing, tmp_path):
    result = post(small, Sequential(), folder(), checkpoint=tmp_path / "new" / "checkpoint.json", resume=True)
    assert result.posted == 1_000
    assert_landed(landing, Counter(range(1_000)))


def test_bulk_and_sequential_are_one_order(small, folder, landing, tmp_path):
    path = tmp_path / "checkpoint.json"
    post(small, Sequential(), folder(), count=300, checkpoint=path)
    post(small, bulk(), folder(), checkpoint=path, resume=True)
    assert_landed(landing, Counter(range(1_000)))


def test_a_checkpoint_that_cannot_be_written(small, folder, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match=r"file/checkpoint.json cannot be written: "):
        post(small, Sequential(), folder(), checkpoint=tmp_path / "file" / "checkpoint.json")
