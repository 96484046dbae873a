from __future__ import annotations

import pytest

from pinterest_platform_tests.live.posts import Posts


@pytest.fixture
def posts(tmp_path) -> Posts:
    return Posts(tmp_path)
