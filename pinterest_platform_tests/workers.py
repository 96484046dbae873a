"""How tests are spread over the workers of `pytest -n`: a file at a time, and all that share a Spark session in one.

Files with most to wait for begin first, and the others compute meanwhile.
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

_TESTS = "pinterest_platform_tests"
#: Beginnings of files, in the order in which they begin. All others follow.
_FIRST = (
    f"{_TESTS}/integration/test_local_stack",
    f"{_TESTS}/engines/spark/",
    f"{_TESTS}/streaming/spark/",
    f"{_TESTS}/integration/",
    f"{_TESTS}/browser/",
)
#: Files below a folder `spark` that have no use for the shared session: they start a Java of their own.
_OWN_JAVA = ("test_session.py", "test_executor_dies.py")


def _scope(nodeid: str) -> str:
    folder, _, file = nodeid.partition("::")[0].rpartition("/")
    if not folder.endswith("/spark") or file in _OWN_JAVA:
        return f"{folder}/{file}"
    return "spark connect" if file.endswith("_on_a_server.py") else "spark"


class _Scopes(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return _scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Scopes:
    config.option.loadscopereorder = False
    return _Scopes(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return next((n for n, start in enumerate(_FIRST) if item.nodeid.startswith(start)), len(_FIRST))

    items.sort(key=place)
