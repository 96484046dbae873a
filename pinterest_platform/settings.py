"""The only reader of the environment. Settings are read once, by `load_settings`, and passed on.

Every variable is optional and may stand in a `.env` file in the working directory. Nothing here touches the network.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ENGINES = ("duckdb",)


class SettingsError(ValueError):
    """A variable has a value that is not allowed; the message names the variable, the value and what is allowed."""


class Settings(BaseSettings):
    """Where things are. Each field is the environment variable `PINTEREST_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="PINTEREST_", env_file=".env", extra="ignore", frozen=True)

    data: Path = Field(Path("data"), description="Folder under which the defaults of the other settings lie.")
    landing: str = Field("", description="Landing zone: a folder or s3://bucket/prefix. Default: <data>/landing.")
    lake: str = Field("", description="Delta lake: a folder or s3://bucket/prefix. Default: <data>/lake.")
    engine: Literal["duckdb"] = Field("duckdb", description="What runs the SQL models: duckdb.")
    topic_prefix: str = Field("0e2bc66a6297", description="Owner's id: topics are <prefix>.pin, .geo and .user.")
    source_url: str = Field(
        "", description="SQLAlchemy URL of the source database. Default: sqlite:///<data>/source.db."
    )
    dagster_home_folder: Path | None = Field(
        None, validation_alias="DAGSTER_HOME", description="Dagster's home. Default: <data>/dagster."
    )
    memory_limit: str = Field("1GB", description="Memory DuckDB may take before it spills to disk, as 512MB or 2GB.")

    @field_validator("topic_prefix")
    @classmethod
    def _topic_prefix_is_legal(cls, value: str) -> str:
        if not value or not value.replace("-", "").replace("_", "").replace(".", "").isalnum() or len(value) > 200:
            raise ValueError("allowed are letters, digits, '.', '_' and '-', at most 200 characters")
        return value

    @field_validator("memory_limit")
    @classmethod
    def _memory_limit_has_a_unit(cls, value: str) -> str:
        number, unit = value[:-2].strip(), value[-2:].upper()
        if unit not in ("MB", "GB") or not number.replace(".", "", 1).isdigit():
            raise ValueError("give a number and a unit, as 512MB or 2GB")
        return f"{number}{unit}"

    @property
    def landing_root(self) -> str:
        return self.landing or str(self.data.absolute() / "landing")

    @property
    def lake_root(self) -> str:
        return self.lake or str(self.data.absolute() / "lake")

    @property
    def source(self) -> str:
        return self.source_url or f"sqlite:///{self.data.absolute() / 'source.db'}"

    @property
    def dagster_home(self) -> Path:
        """Dagster's home, shared by the UI and the command line."""
        return (self.dagster_home_folder or self.data / "dagster").absolute()

    def topic(self, record: str) -> str:
        """Kafka topic of a record kind (`pin`, `geo`, `user`)."""
        return f"{self.topic_prefix}.{record}"


def load_settings(**overrides: object) -> Settings:
    """Read the environment and `.env`; `overrides` win.

    Raises:
        SettingsError: naming each variable, its value and what is allowed.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            lines.append(f"PINTEREST_{name}={problem.get('input')!r}: {problem['msg'].removeprefix('Value error, ')}")
        raise SettingsError("\n".join(lines)) from None
