"""Makes the real servers of `servers.py` known to every test, and `workers.py` to pytest."""

pytest_plugins = ("pinterest_platform_tests.servers", "pinterest_platform_tests.workers")
