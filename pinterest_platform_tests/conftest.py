"""Makes known to every test: real servers, the shared Spark, how workers share tests, the marker `long`, an option."""

import pytest

pytest_plugins = (
    "pinterest_platform_tests.servers",
    "pinterest_platform_tests.spark",
    "pinterest_platform_tests.workers",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=6, help="kills of a job that reads a stream (%(default)s)")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long: repeats or widens what another test guards too (`make test-all`)")
