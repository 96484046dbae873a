"""Where the retail sources are: the variables RETAIL_*, beside those of the platform."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pinterest_platform.folders import expanded, expanded_url
from pinterest_platform.s3.address import is_s3, split
from pinterest_platform.s3.errors import S3Error
from pinterest_platform.settings import Settings, read

#: Names of the generated files, by setting.
_FILES = {
    "cards": "card_details.pdf",
    "stores_api": "stores.jsonl",
    "products": "products.csv",
    "dates": "date_details.json",
}


class RetailSettings(BaseSettings):
    """Each field is the environment variable `RETAIL_<FIELD>`, which may stand in a `.env` file, too."""

    model_config = SettingsConfigDict(env_prefix="RETAIL_", env_file=".env", extra="ignore", frozen=True)

    source_url: SecretStr = Field(
        default=SecretStr(""),
        description="SQLAlchemy URL of the database with legacy_users and orders_table. "
        "Default: the file <data>/retail/sources/retail.sqlite.",
    )
    cards: str = Field(default="", description="PDF of cards: a path, s3:// or https://. Default: the generated one.")
    stores_api: str = Field(
        default="", description="Base URL of the stores API, or a file of JSON lines. Default: a file."
    )
    stores_api_key: SecretStr = Field(default=SecretStr(""), description="Key of the stores API, sent as x-api-key.")
    products: str = Field(
        default="", description="CSV of products: a path, s3:// or https://. Default: the generated one."
    )
    dates: str = Field(default="", description="JSON of dates: a path, s3:// or https://. Default: the generated one.")
    warehouse_url: SecretStr = Field(
        default=SecretStr(""),
        description="URL of the PostgreSQL database that the star schema is published to, as "
        "postgresql://user:password@host:5432/sales_data. Unset: none.",
    )

    @field_validator("source_url")
    @classmethod
    def _source_is_a_url(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url and (not re.match(r"[a-z][a-z0-9+_]*://", url) or url.startswith("postgres://")):
            raise ValueError(
                "give a SQLAlchemy URL, as postgresql://user:password@host:5432/database or "
                "sqlite:///path/retail.sqlite; write %40 for an @ in the password"
            )
        return SecretStr(expanded_url(url))

    @field_validator("cards", "stores_api", "products", "dates")
    @classmethod
    def _places_are_known(cls, value: str) -> str:
        if "://" in value and not value.startswith(("https://", "http://", "s3://")):
            raise ValueError("give a path, or an address that begins with s3:// or https://")
        try:
            if is_s3(value) and not split(value)[1]:
                raise ValueError("it names a bucket; give a file in it, s3://bucket/key")
        except S3Error as error:
            raise ValueError(str(error)) from None
        return value if "://" in value or not value else str(expanded(value))

    @model_validator(mode="after")
    def _api_has_a_key(self) -> Self:
        if is_web(self.stores_api) and not self.stores_api_key.get_secret_value():
            raise ValueError("RETAIL_STORES_API is a URL, so RETAIL_STORES_API_KEY must be set to the key of that API")
        return self


def is_web(address: str) -> bool:
    return address.startswith(("https://", "http://"))


def sources_folder(settings: Settings) -> Path:
    """Where the generated sources are: `settings` are those of the domain."""
    return settings.data / "sources"


def given_settings() -> list[str]:
    """The variables that are set.

    Raises:
        SettingsError: one has a value that is not allowed.
    """
    given = read(RetailSettings)
    return [f"RETAIL_{name.upper()}" for name in RetailSettings.model_fields if _text(getattr(given, name))]


def retail_settings(settings: Settings) -> RetailSettings:
    """The variables, with the generated sources below the domain's data folder in place of what is not given.

    Raises:
        SettingsError: a variable has a value that is not allowed.
    """
    folder = sources_folder(settings)
    given = read(RetailSettings)
    filled: dict[str, object] = {name: getattr(given, name) or str(folder / file) for name, file in _FILES.items()}
    if not given.source_url.get_secret_value():
        filled["source_url"] = SecretStr(f"sqlite:///{folder / 'retail.sqlite'}")
    return given.model_copy(update=filled)


def _text(value: str | SecretStr) -> str:
    return value if isinstance(value, str) else value.get_secret_value()
