"""The locations of the retail sources: the variables RETAIL_*, in addition to those of the platform."""

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
    """Each field is the environment variable `RETAIL_<FIELD>`, which you can also set in a `.env` file."""

    model_config = SettingsConfigDict(env_prefix="RETAIL_", env_file=".env", extra="ignore", frozen=True)

    source_url: SecretStr = Field(
        default=SecretStr(""),
        description="SQLAlchemy URL of the database with legacy_users and orders_table. "
        "Default: the file <data>/retail/sources/retail.sqlite.",
    )
    cards: str = Field(default="", description="PDF of cards: a path, s3:// or https://. Default: the generated file.")
    stores_api: str = Field(
        default="", description="Base URL of the stores API, or a JSON Lines file. Default: the generated file."
    )
    stores_api_key: SecretStr = Field(default=SecretStr(""), description="Key of the stores API, sent as x-api-key.")
    products: str = Field(
        default="", description="CSV of products: a path, s3:// or https://. Default: the generated file."
    )
    dates: str = Field(default="", description="JSON of dates: a path, s3:// or https://. Default: the generated file.")
    warehouse_url: SecretStr = Field(
        default=SecretStr(""),
        description="URL of the PostgreSQL database to publish the star schema to, such as "
        "postgresql://user:password@host:5432/sales_data. If unset, nothing is published.",
    )

    @field_validator("source_url")
    @classmethod
    def _source_is_a_url(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url and (not re.match(r"[a-z][a-z0-9+_]*://", url) or url.startswith("postgres://")):
            raise ValueError(
                "use a SQLAlchemy URL, such as postgresql://user:password@host:5432/database or "
                "sqlite:///path/retail.sqlite; write %40 for an @ in the password"
            )
        return SecretStr(expanded_url(url))

    @field_validator("cards", "stores_api", "products", "dates")
    @classmethod
    def _places_are_known(cls, value: str) -> str:
        if "://" in value and not value.startswith(("https://", "http://", "s3://")):
            raise ValueError("use a path, or a URL that begins with s3:// or https://")
        try:
            if is_s3(value) and not split(value)[1]:
                raise ValueError("it names a bucket; name a file in it: s3://bucket/key")
        except S3Error as error:
            raise ValueError(str(error)) from None
        return value if "://" in value or not value else str(expanded(value))

    @model_validator(mode="after")
    def _api_has_a_key(self) -> Self:
        if is_web(self.stores_api) and not self.stores_api_key.get_secret_value():
            raise ValueError("RETAIL_STORES_API is a URL; set RETAIL_STORES_API_KEY to the key of that API")
        return self


def is_web(address: str) -> bool:
    return address.startswith(("https://", "http://"))


def sources_folder(settings: Settings) -> Path:
    """The folder of the generated sources. `settings` are those of the domain."""
    return settings.data / "sources"


def given_settings() -> list[str]:
    """The names of the variables that are set.

    Raises:
        SettingsError: a variable has an invalid value.
    """
    given = read(RetailSettings)
    return [f"RETAIL_{name.upper()}" for name in RetailSettings.model_fields if _text(getattr(given, name))]


def retail_settings(settings: Settings) -> RetailSettings:
    """The settings. Variables that are not set default to the generated sources in the domain's data folder.

    Raises:
        SettingsError: a variable has an invalid value.
    """
    folder = sources_folder(settings)
    given = read(RetailSettings)
    filled: dict[str, object] = {name: getattr(given, name) or str(folder / file) for name, file in _FILES.items()}
    if not given.source_url.get_secret_value():
        filled["source_url"] = SecretStr(f"sqlite:///{folder / 'retail.sqlite'}")
    return given.model_copy(update=filled)


def _text(value: str | SecretStr) -> str:
    return value if isinstance(value, str) else value.get_secret_value()
