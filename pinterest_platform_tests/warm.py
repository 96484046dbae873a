"""Imported by the process that `forked.py` forks from: what most of its children need."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pinterest_platform.cli.app
import pinterest_platform.cli.runs
import pinterest_platform.orchestration.build
import pinterest_platform.posting.senders.sender  # noqa: F401
from pinterest_platform.catalog import Catalog
from pinterest_platform.orchestration.home import open_instance
from pinterest_platform.settings import load_settings
from pinterest_platform_tests.landing_data import catalog

# A child that loads the package's models gets these.
Catalog.load = cache(Catalog.load)
catalog()

# Opening a home is what imports the other half of Dagster.
with TemporaryDirectory() as _folder, open_instance(load_settings(data=Path(_folder), _env_file=None)):
    pass
