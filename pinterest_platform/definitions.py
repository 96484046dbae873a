"""Dagster's entry point."""

from pinterest_platform.orchestration.build import build_definitions
from pinterest_platform.orchestration.home import warn_of_a_temporary_home

warn_of_a_temporary_home()
defs = build_definitions()
