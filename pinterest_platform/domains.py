"""Which domain is meant: PINTEREST_DOMAIN, as an importable `Domain`, with the settings that are read for it.

The only place that knows the domains of this package, by their names; nothing of theirs is imported until one is asked
for.
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

#: The domains of this package, by the names that PINTEREST_DOMAIN has for them.
BUILT_IN: Mapping[str, str] = {
    "pinterest": "pinterest_platform.pinterest:PINTEREST",
    "retail": "pinterest_platform.retail:RETAIL",
}


def load(**overrides: object) -> tuple[Settings, Domain]:
    """The settings of the environment, and the domain that they name; `overrides` win.

    Raises:
        SettingsError: a setting has a value that is not allowed.
        DomainError: as `load_domain`.
    """
    settings = load_settings(**overrides)
    domain = load_domain(settings.domain)
    return settings.below(domain.data_folder), domain


@dataclass(frozen=True)
class Variable:
    """An environment variable of a domain's own."""

    name: str
    description: str
    secret: bool

    @property
    def setting(self) -> str:
        """As a setting of a task elsewhere is called."""
        return self.name.lower()


def variables(domain: Domain) -> list[Variable]:
    """The environment variables of a domain's own."""
    if domain.variables is None:
        return []
    prefix = domain.variables.model_config.get("env_prefix", "")
    return [
        Variable(f"{prefix}{name}".upper(), str(about.description), about.annotation is SecretStr)
        for name, about in domain.variables.model_fields.items()
    ]


def given_variables(domain: Domain) -> dict[str, str]:
    """Values of those that the environment or `.env` gives, by name; a secret's is only for the process that needs it.

    Raises:
        SettingsError: a variable has a value that is not allowed.
    """
    if domain.variables is None:
        return {}
    values = (value for _, value in read(domain.variables))
    texts = [value.get_secret_value() if isinstance(value, SecretStr) else str(value) for value in values]
    names = [variable.name for variable in variables(domain)]
    return {name: value for name, value in zip(names, texts, strict=True) if value}


def load_domain(reference: str) -> Domain:
    """The domain of that name, or the one that `module:NAME` imports.

    Raises:
        DomainError: there is none. The message says what is allowed.
    """
    if reference not in BUILT_IN and str(Path.cwd()) not in sys.path:
        # A module beside the data is found as `python -m` finds it; a program's own folder is all that is searched.
        sys.path.insert(0, str(Path.cwd()))
    module, colon, name = BUILT_IN.get(reference, reference).partition(":")
    allowed = f"allowed are {', '.join(BUILT_IN)} and module:NAME, where NAME is a Domain"
    if not (module and colon and name):
        raise DomainError(f"PINTEREST_DOMAIN={reference!r}: no such domain; {allowed}")
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ModuleNotFoundError as error:
        raise DomainError(
            f"PINTEREST_DOMAIN={reference!r}: no module named {error.name!r}. Run this from the folder that holds it, "
            f"or install it; {allowed}"
        ) from error
    if not isinstance(found, Domain):
        what = "is not there" if found is None else f"is a {type(found).__name__}, not a Domain"
        raise DomainError(f"PINTEREST_DOMAIN={reference!r}: {name} of the module {module} {what}; {allowed}")
    return found if found.reference == reference else replace(found, reference=reference)
