"""Where the retail sources are: the variables RETAIL_*, beside those of the platform."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from pinterest_platform.settings import Settings

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


def sources_folder(settings: Settings) -> Path:
    """Where the generated sources are: `settings` are those of the domain."""
    return settings.data / "sources"


def given_settings() -> list[str]:
    """The variables that name a source, where they are set."""
    given = RetailSettings()
    return [f"RETAIL_{name.upper()}" for name in (*_FILES, "source_url") if _text(getattr(given, name))]


def retail_settings(settings: Settings) -> RetailSettings:
    """The variables, with the generated sources below the domain's data folder in place of what is not given."""
    folder = sources_folder(settings)
    given = RetailSettings()
    filled: dict[str, object] = {name: getattr(given, name) or str(folder / file) for name, file in _FILES.items()}
    if not given.source_url.get_secret_value():
        filled["source_url"] = SecretStr(f"sqlite:///{folder / 'retail.sqlite'}")
    return given.model_copy(update=filled)


def _text(value: str | SecretStr) -> str:
    return value if isinstance(value, str) else value.get_secret_value()
