"""How tests are spread over the workers of `pytest -n`.

A file at a time, but for those that share what takes long to start: a server, a session. Those with most to wait for
begin first, and the others compute meanwhile.
"""

from __future__ import annotations

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

_TESTS = "pinterest_platform_tests"
#: Beginnings of the files of each group, in the order in which the groups begin.
_GROUPS = {
    "stack": (f"{_TESTS}/integration/test_local_stack.py",),
    "servers": (
        f"{_TESTS}/integration/connect/",
        f"{_TESTS}/integration/posting/",
        f"{_TESTS}/integration/s3/",
        f"{_TESTS}/integration/source/",
        f"{_TESTS}/integration/test_flow",
        f"{_TESTS}/stack/test_servers.py",
    ),
    "spark's own programs": (
        f"{_TESTS}/engines/spark/test_driver_dies.py",
        f"{_TESTS}/engines/spark/test_engine_on_a_server.py",
        f"{_TESTS}/engines/spark/test_session",
        f"{_TESTS}/streaming/spark/test_on_a_server",
    ),
    "spark": (f"{_TESTS}/engines/spark/",),
    "streams on spark": (f"{_TESTS}/streaming/spark/",),
    "streams": (
        f"{_TESTS}/infra/test_kinesis_api.py",
        f"{_TESTS}/integration/kinesis/",
        f"{_TESTS}/integration/streaming/",
    ),
    "airflow 2": (f"{_TESTS}/integration/airflow/test_airflow_2.py", f"{_TESTS}/integration/airflow/test_ecs.py"),
    "airflow 3": (f"{_TESTS}/integration/airflow/test_airflow_3.py",),
}


def _group(nodeid: str) -> str:
    return next((group for group, files in _GROUPS.items() if nodeid.startswith(files)), nodeid.partition("::")[0])


class _Groups(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _Groups:
    config.option.loadscopereorder = False
    return _Groups(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {group: place for place, group in enumerate(_GROUPS)}
    items.sort(key=lambda item: order.get(_group(item.nodeid), len(order)))
