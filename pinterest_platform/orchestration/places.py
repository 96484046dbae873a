"""The settings of a code location as resources: Dagster's page of resources shows their values.

Each value has the name of its environment variable, and secrets are hidden. A run cannot change the values, because
sensors, checks and other runs would keep using the old ones.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import dagster as dg
from pydantic import SecretStr

from pinterest_platform.errors import without_login
from pinterest_platform.settings import Settings, SettingsError

#: Resource, its settings, and its description.
_PLACES = {
    "landing": (
        ("landing", "landing_layout", "landing_topics_dir", "topic_prefix"),
        "The landing zone, which receives the objects of all topics.",
    ),
    "lake": (("lake", "unity_catalog"), "The Delta lake. Each table is in the folder of its layer."),
    "steps": (("steps_on",), "Where the steps of a run are executed."),
}
_ON_DATABRICKS = (
    "databricks_volume",
    "databricks_wheel",
    "databricks_set",
    "databricks_secrets",
    "databricks_poll_seconds",
    "databricks_patience_seconds",
)

#: Resources that read or write tables require these, so the page of each place lists its users.
PLACES = frozenset(_PLACES)


def place_resources(settings: Settings) -> dict[str, dg.ResourceDefinition]:
    """The landing zone, the lake, and where steps are executed."""
    more = _ON_DATABRICKS if settings.steps_on == "databricks" else ()
    return {
        name: _place(settings, (*names, *more) if name == "steps" else names, description)
        for name, (names, description) in _PLACES.items()
    }


def _place(settings: Settings, names: Sequence[str], description: str) -> dg.ResourceDefinition:
    @dg.resource(config_schema=shown(settings, names), description=description)
    def place(context: dg.InitResourceContext) -> None:
        refuse_changes(settings, names, context)

    return place


def shown(settings: Settings, names: Sequence[str]) -> dict[str, dg.Field]:
    """Settings as the configuration of a resource, by the names of their environment variables."""
    fields = type(settings).model_fields
    return {
        _variable(name): dg.Field(
            str, default_value=_value(settings, name), is_required=False, description=fields[name].description
        )
        for name in names
    }


def refuse_changes(settings: Settings, names: Sequence[str], context: dg.InitResourceContext) -> None:
    """Refuse a run whose configuration differs from the settings.

    Raises:
        SettingsError: a value differs.
    """
    for name in names:
        given, own = context.resource_config[_variable(name)], _value(settings, name)
        if given != own:
            raise SettingsError(
                f"{_variable(name)}={given}: a run cannot change this setting; this code location has {own!r}. Set it "
                "in the environment of the code location, then reload the code location."
            )


def _variable(name: str) -> str:
    return f"PINTEREST_{name.upper()}"


def _value(settings: Settings, name: str) -> str:
    if name in ("landing", "lake"):
        return str(getattr(settings, f"{name}_root"))
    value = getattr(settings, name)
    if isinstance(value, dict):
        return json.dumps({setting: _public(setting, text) for setting, text in value.items()})
    return _public(name, str(value))


def _public(name: str, value: str) -> str:
    """A setting's value without its secrets."""
    if Settings.model_fields[name].annotation is SecretStr:
        return "***"
    return re.sub(r"(?<=token=)[^;&]+", "***", without_login(value))
