"""How tests are spread over the workers of `pytest -n --dist loadgroup`.

A file at a time, but for tests that share what takes long to start: a server, a session. Those with most to wait for
begin first, and the others compute meanwhile.
"""

from __future__ import annotations

import pytest

#: Groups in the order in which they begin, each of the users of some fixtures. Who uses two kinds is of the last.
_GROUPS = {
    "stack": {"stack"},
    "servers": {"broker", "s3_server", "mysql_server"},
    "spark": {"spark", "spark_connect", "spark_jars"},
}


def _group(item: pytest.Item) -> str:
    fixtures = set(getattr(item, "fixturenames", ()))
    shared = [group for group, users in _GROUPS.items() if users & fixtures]
    return shared[-1] if shared else item.nodeid.partition("::")[0]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {group: place for place, group in enumerate(_GROUPS)}
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: order.get(_group(item), len(order)))
