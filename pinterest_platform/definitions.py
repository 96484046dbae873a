"""Dagster's entry point."""

from pinterest_platform.orchestration.build import build_definitions

defs = build_definitions()
