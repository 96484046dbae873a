"""Where the retail sources are: the variables RETAIL_*, beside those of the platform."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from pinterest_platform.settings import Settings


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


def retail_settings(settings: Settings) -> RetailSettings:
    """The variables, with the generated sources below the domain's data folder in place of what is not given."""
    folder = settings.data / "sources"
    given = RetailSettings()
    defaults = {
        "cards": folder / "card_details.pdf",
        "stores_api": folder / "stores.jsonl",
        "products": folder / "products.csv",
        "dates": folder / "date_details.json",
    }
    filled: dict[str, object] = {name: getattr(given, name) or str(path) for name, path in defaults.items()}
    if not given.source_url.get_secret_value():
        filled["source_url"] = SecretStr(f"sqlite:///{folder / 'retail.sqlite'}")
    return given.model_copy(update=filled)
