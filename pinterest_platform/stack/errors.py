"""The one error of the local stack."""

from __future__ import annotations


class StackError(RuntimeError):
    """The local stack cannot do what was asked. The message names the server or program, and what to do."""
