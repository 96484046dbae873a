"""Commands, called in this process."""

from __future__ import annotations

from typer.testing import CliRunner

from pinterest_platform.cli.app import app
from pinterest_platform.errors import PlatformError


def called(*arguments: str, status: int = 0, said: str = "") -> str:
    """What a command says in one line, which ends with that exit status; `said` is typed in.

    Raises:
        PlatformError: what it would end with.
    """
    result = CliRunner().invoke(app, arguments, input=said)
    if isinstance(result.exception, PlatformError):
        raise result.exception
    assert result.exit_code == status, (result.output, result.exception)
    return " ".join(result.output.split())
