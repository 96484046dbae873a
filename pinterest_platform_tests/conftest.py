"""Makes the real servers of `servers.py` known to every test, `workers.py` and an option to pytest."""

import pytest

pytest_plugins = ("pinterest_platform_tests.servers", "pinterest_platform_tests.workers")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=25, help="kills of a job that reads a stream (%(default)s)")
