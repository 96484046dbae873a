"""Makes the real servers of `servers.py` known to every test."""

pytest_plugins = ("pinterest_platform_tests.servers",)
