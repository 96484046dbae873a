"""Resolves PINTEREST_DOMAIN to a `Domain`, and reads the settings for it.

Only this module knows the names of the domains in this package. It imports a domain only when it is requested.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import SecretStr

from pinterest_platform.domain import Domain, DomainError
from pinterest_platform.settings import Settings, load_settings, read

#: The domains of this package, by their names in PINTEREST_DOMAIN.
BUILT_IN: Mapping[str, str] = {
    "pinterest": "pinterest_platform.pinterest:PINTEREST",
    "retail": "pinterest_platform.retail:RETAIL",
}


def load(**overrides: object) -> tuple[Settings, Domain]:
    """The settings of the environment, and the domain that they name; `overrides` take precedence.

    Raises:
        SettingsError: a setting has an invalid value.
        DomainError: as `load_domain`.
    """
    settings = load_settings(**overrides)
    domain = load_domain(settings.domain)
    return settings.below(domain.data_folder), domain


@dataclass(frozen=True)
class Variable:
    """A domain's own environment variable."""

    name: str
    description: str
    secret: bool

    @property
    def setting(self) -> str:
        """Its name as a setting of a task on another system."""
        return self.name.lower()


def variables(domain: Domain) -> list[Variable]:
    """A domain's own environment variables."""
    if domain.variables is None:
        return []
    prefix = domain.variables.model_config.get("env_prefix", "")
    return [
        Variable(f"{prefix}{name}".upper(), str(about.description), about.annotation is SecretStr)
        for name, about in domain.variables.model_fields.items()
    ]


def given_variables(domain: Domain) -> dict[str, str]:
    """The variables that the environment or `.env` sets, by name. Secrets are only for the process that needs them.

    Raises:
        SettingsError: a variable has an invalid value.
    """
    if domain.variables is None:
        return {}
    values = (value for _, value in read(domain.variables))
    texts = [value.get_secret_value() if isinstance(value, SecretStr) else str(value) for value in values]
    names = [variable.name for variable in variables(domain)]
    return {name: value for name, value in zip(names, texts, strict=True) if value}


def load_domain(reference: str) -> Domain:
    """The built-in domain with that name, or the domain that `module:NAME` imports.

    Raises:
        DomainError: the domain does not exist. The message lists what is allowed.
    """
    if reference not in BUILT_IN and str(Path.cwd()) not in sys.path:
        # Find a module in the working directory, like `python -m`. A program searches only its own folder.
        sys.path.insert(0, str(Path.cwd()))
    module, colon, name = BUILT_IN.get(reference, reference).partition(":")
    allowed = f"use {', '.join(BUILT_IN)} or module:NAME, where NAME is a Domain"
    if not (module and colon and name):
        raise DomainError(f"PINTEREST_DOMAIN={reference!r}: no such domain; {allowed}")
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ModuleNotFoundError as error:
        raise DomainError(
            f"PINTEREST_DOMAIN={reference!r}: no module named {error.name!r}. Run this in the folder that contains it, "
            f"or install it; {allowed}"
        ) from error
    if not isinstance(found, Domain):
        what = "does not exist" if found is None else f"is a {type(found).__name__}, not a Domain"
        raise DomainError(f"PINTEREST_DOMAIN={reference!r}: {name} in the module {module} {what}; {allowed}")
    return found if found.reference == reference else replace(found, reference=reference)
