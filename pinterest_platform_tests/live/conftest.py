from __future__ import annotations

from collections.abc import Iterator

import pytest

from pinterest_platform_tests.live.posts import Posts


@pytest.fixture
def posts(tmp_path) -> Iterator[Posts]:
    posts = Posts(tmp_path)
    yield posts
    posts.close()
