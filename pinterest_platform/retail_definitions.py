"""Dagster's entry point for the domain retail, the second code location of `workspace.yaml`."""

from pinterest_platform.domains import load_domain
from pinterest_platform.orchestration.build import build_definitions
from pinterest_platform.orchestration.home import warn_of_a_temporary_home

warn_of_a_temporary_home()
defs = build_definitions(domain=load_domain("retail"))
