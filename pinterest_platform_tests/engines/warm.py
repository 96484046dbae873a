"""Imported by the process that children are forked from, so that each has the models read already."""

from __future__ import annotations

from pinterest_platform_tests.landing_data import catalog

catalog()
