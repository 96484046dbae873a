"""Commands that domains implement differently under the same name. The current domain decides which one runs."""

from __future__ import annotations

from functools import cache
from typing import Any

import typer
from typer.core import TyperGroup

from pinterest_platform.cli.retail import demo, source

#: Functions by domain, named like their commands. Other domains use the program's commands.
_OWN = {"retail": (demo.demo, source.generate)}


class OwnCommands(TyperGroup):
    """The program's commands, where a command of the current domain replaces one of the same name."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if any(cmd_name == own.__name__ for commands in _OWN.values() for own in commands):
            domain = ctx.params.get("domain") or _domain_of_the_settings()
            if own := _commands(domain).get(cmd_name):
                return own
        return super().get_command(ctx, cmd_name)


@cache
def _commands(domain: str) -> dict[str, Any]:
    app = typer.Typer(rich_markup_mode="markdown", pretty_exceptions_enable=False)
    for command in _OWN.get(domain, ()):
        app.command()(command)
    # Typer makes a group of two or more commands only.
    group: Any = typer.main.get_command(app) if app.registered_commands else None
    return dict(group.commands) if group else {}


def _domain_of_the_settings() -> str:
    """The domain in the settings, or an empty string if a setting is wrong: the command then reports it."""
    from pinterest_platform.settings import SettingsError, load_settings

    try:
        return load_settings().domain
    except SettingsError:
        return ""
