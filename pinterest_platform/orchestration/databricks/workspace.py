"""Opens the workspace of Databricks that the environment names. What is asked of it is up to whoever opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinterest_platform.engines.contract import EngineError

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient


def workspace() -> WorkspaceClient:
    """The workspace that DATABRICKS_HOST or a profile names.

    Raises:
        EngineError: a package is missing, or no workspace is named.
    """
    try:
        from databricks.sdk import WorkspaceClient
        from databricks.sdk.core import Config
    except ImportError as error:
        raise EngineError("databricks-sdk is missing: pip install 'pinterest-platform[databricks]'") from error
    try:
        # A run repeats its calls by rules of its own; the SDK's would hide for five minutes that something is wrong.
        return WorkspaceClient(config=Config(retry_timeout_seconds=1))
    except ValueError as error:
        raise EngineError(f"{error}; set DATABRICKS_HOST and DATABRICKS_TOKEN, or DATABRICKS_CONFIG_PROFILE") from error
