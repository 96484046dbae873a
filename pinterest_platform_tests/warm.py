"""Imported by the process that `forked.py` forks from: what most of its children need."""

from __future__ import annotations

import pinterest_platform.cli.app
import pinterest_platform.cli.runs
import pinterest_platform.orchestration.build  # noqa: F401
from pinterest_platform_tests.landing_data import catalog

catalog()
