"""Makes known to every test: servers, the shared Spark, how workers share tests, `long`, and how far searches go."""

import signal

import pytest
from hypothesis import settings

pytest_plugins = (
    "pinterest_platform_tests.servers",
    "pinterest_platform_tests.spark",
    "pinterest_platform_tests.workers",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kills", type=int, default=6, help="kills of a job that reads a stream (%(default)s)")


#: Examples of a search that does not say how many itself, with the long tests and without.
settings.register_profile("many", max_examples=40)
settings.register_profile("few", max_examples=8)


def pytest_configure(config: pytest.Config) -> None:
    # A shell ignores SIGINT in what it starts in the background. Dagster gives SIGTERM the handler of SIGINT, and the
    # servers that tests start would inherit it: none of them could be stopped.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    settings.load_profile("few" if "not long" in config.option.markexpr else "many")
    config.addinivalue_line("markers", "long: repeats or widens what another test guards too (`make test-all`)")
