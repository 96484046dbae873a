"""What the settings say of the secret of pseudonyms, and what is wrong with that."""

from __future__ import annotations

import pytest

from pinterest_platform.pseudonym_secret import pseudonyms_of
from pinterest_platform.settings import Settings, SettingsError, load_settings

SECRET = "a secret that nobody can guess"


def settings(**given: object) -> Settings:
    return load_settings(_env_file=None, **given)


def test_given() -> None:
    found = pseudonyms_of(settings(pseudonym_secret=SECRET))
    assert found is not None
    assert found.secret == SECRET.encode()
    assert SECRET not in repr(settings(pseudonym_secret=SECRET))


def test_none() -> None:
    assert pseudonyms_of(settings()) is None


def test_required() -> None:
    with pytest.raises(SettingsError, match="PINTEREST_PSEUDONYMS_REQUIRED is set, but the secret is missing"):
        pseudonyms_of(settings(pseudonyms_required=True))


def test_one_that_can_be_guessed() -> None:
    with pytest.raises(SettingsError, match="PINTEREST_PSEUDONYM_SECRET has 15 characters; use at least 16") as raised:
        pseudonyms_of(settings(pseudonym_secret=SECRET[:15]))
    assert SECRET[:15] not in str(raised.value)


def test_two_of_them() -> None:
    with pytest.raises(SettingsError, match="are both set; remove one of them") as raised:
        settings(pseudonym_secret=SECRET, pseudonym_secret_name="also")
    assert SECRET not in str(raised.value)


def test_one_that_everybody_would_see() -> None:
    with pytest.raises(
        SettingsError, match="PINTEREST_DATABRICKS_SET has pseudonym_secret, which everyone who sees the run could read"
    ) as raised:
        settings(databricks_set={"pseudonym_secret": SECRET})
    assert SECRET not in str(raised.value)
