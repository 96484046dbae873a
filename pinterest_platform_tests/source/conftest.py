"""A small source database, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinterest_platform.pinterest.source.loading import load

ROWS = 1_200
SEED = 7


@pytest.fixture(scope="session")
def source_file(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("source") / "source.db"
    load(f"sqlite:///{file}", ROWS, SEED)
    return file


@pytest.fixture(scope="session")
def source_url(source_file) -> str:
    return f"sqlite:///{source_file}"
