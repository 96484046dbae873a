"""Source databases to post from, made once, and a landing folder to post to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.pinterest.source.loading import load
from pinterest_platform.posting.landing.folder import LandingFolder

TOPICS = {"pin": "t.pin", "geo": "t.geo", "user": "t.user"}


@pytest.fixture(scope="session")
def small_url(tmp_path_factory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('small')}/source.db"
    load(url, 1_000, 1)
    return url


@pytest.fixture(scope="session")
def course_url(tmp_path_factory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('course')}/source.db"
    load(url, 11_154, 1)
    return url


@pytest.fixture
def small(small_url) -> Iterator[SourceDatabase]:
    with SourceDatabase(small_url) as source:
        yield source


@pytest.fixture
def course(course_url) -> Iterator[SourceDatabase]:
    with SourceDatabase(course_url) as source:
        yield source


@pytest.fixture
def landing(tmp_path) -> Path:
    return tmp_path / "landing"


@pytest.fixture
def folder(landing):
    """Makes the destination anew, as a new process would."""

    def make(**options) -> LandingFolder:
        return LandingFolder(landing, RECORDS, TOPICS, **{"flush_size": 50, **options})

    return make
