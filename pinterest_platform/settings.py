"""The only reader of the environment. Settings are read once, by `load_settings`, and passed on.

Every variable is optional and may stand in a `.env` file in the working directory. Nothing here touches the network.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pinterest_platform.errors import PlatformError, without_login
from pinterest_platform.setting_types import (
    AirflowUrl,
    Brokers,
    DatabaseUrl,
    DatabricksPath,
    Folder,
    FolderInZone,
    FolderOrDefault,
    HttpUrl,
    Memory,
    PathOrNone,
    Place,
    TopicPrefix,
    Values,
    ValuesOfEach,
)

S = TypeVar("S", bound=BaseSettings)

#: Where PINTEREST_DOMAIN names no other.
DEFAULT_DOMAIN = "pinterest"


class SettingsError(PlatformError):
    """A variable has a value that is not allowed; the message names the variable, the value and what is allowed."""


class Settings(BaseSettings):
    """Where things are. Each field is the environment variable `PINTEREST_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="PINTEREST_", env_file=".env", extra="ignore", frozen=True)

    domain: str = Field(
        DEFAULT_DOMAIN, description="Subject of the platform: pinterest, retail, or module:NAME of a Domain."
    )
    data: Folder = Field(
        Path("data"), validate_default=True, description="Folder under which the defaults of the other settings lie."
    )
    landing: Place = Field("", description="Landing zone: a folder or s3://bucket/prefix. Default: <data>/landing.")
    landing_layout: Literal["auto", "partition", "time", "field"] = Field(
        "auto", description="Folders of a topic's objects: by partition, time or a field. Default: as they are found."
    )
    landing_topics_dir: FolderInZone = Field(
        "topics", description="Folder of all topics in the landing zone, the sink's topics.dir; a dot for none."
    )
    lake: Place = Field("", description="Delta lake: a folder or s3://bucket/prefix. Default: <data>/lake.")
    engine: Literal["duckdb", "spark", "databricks"] = Field("duckdb", description="What runs the SQL models.")
    spark_remote: str = Field("", description="Spark Connect server, sc://host:port. Default: Spark in this process.")
    spark_master: str = Field("local[*]", description="Master of Spark in this process.")
    spark_jars: PathOrNone = Field(
        None, description="Folder with the jars of Delta (and of S3A) for Spark. Default: Maven Central's, by Ivy."
    )
    spark_driver_memory: str = Field("1g", description="Memory of Spark in this process, as 512m or 2g.")
    spark_min_mb: int = Field(
        1024,
        ge=0,
        description="Data of fewer megabytes is left to DuckDB beside Spark's driver. 0: Spark computes everything.",
    )
    java_home: PathOrNone = Field(None, validation_alias="JAVA_HOME", description="Java for Spark.")
    spark_submitted: str = Field(
        "", validation_alias="PYSPARK_GATEWAY_PORT", description="Given by spark-submit to a program that has a Spark."
    )
    unity_catalog: str = Field(
        "", description="Unity Catalog that names the tables, <catalog>.<layer>.<table>. Default: tables are paths."
    )
    steps_on: Literal["dagster", "databricks"] = Field(
        "dagster", description="Where each table's step is done: in Dagster's process, or as a run on Databricks."
    )
    databricks_volume: DatabricksPath = Field(
        "", description="Folder of a Unity Catalog volume for what runs report: /Volumes/<catalog>/<schema>/<volume>."
    )
    databricks_wheel: DatabricksPath = Field("", description="This package's wheel, in a volume or in workspace files.")
    databricks_set: Values = Field(
        {}, description='Settings that differ on Databricks, as JSON: {"landing": "/Volumes/main/pinterest/landing"}.'
    )
    databricks_secrets: str = Field(
        "", description="Secret scope on Databricks with secrets, by the names of their variables."
    )
    databricks_poll_seconds: float = Field(5, gt=0, description="How often a run on Databricks is looked at.")
    databricks_patience_seconds: float = Field(
        900, gt=0, description="How long Databricks may not answer before a step fails."
    )
    topic_prefix: TopicPrefix = Field(
        "0e2bc66a6297", description="Owner's id: topics are <prefix>.pin, .geo and .user."
    )
    source_url: DatabaseUrl = Field(
        "", repr=False, description="SQLAlchemy URL of the source database. Default: sqlite:///<data>/source.db."
    )
    source_secret: str = Field(
        "", description="Secret in AWS Secrets Manager with the source's username and password, as RDS writes it."
    )
    pseudonym_secret: SecretStr = Field(
        SecretStr(""),
        description="Secret by which names become pseudonyms from cleaned tables on. Default: none do.",
    )
    pseudonym_secret_name: str = Field("", description="Secret in AWS Secrets Manager that holds it, as plain text.")
    pseudonyms_required: bool = Field(
        False, description="true: nothing is computed without that secret, as where somebody forgets to give it."
    )
    dagster_home_folder: FolderOrDefault = Field(
        None, validation_alias="DAGSTER_HOME", description="Dagster's home. Default: <data>/dagster."
    )
    run_tags: ValuesOfEach = Field(
        {}, description='Tags of Dagster\'s runs by job, as JSON: {"refresh_all": {"ecs/memory": "16384"}}.'
    )
    airflow: AirflowUrl = Field(
        "", description="Airflow that runs the exported DAG: mwaa://<environment>, or a URL. Default: there is none."
    )
    airflow_user: str = Field("", description="User of an Airflow that is given as a URL.")
    airflow_password: SecretStr = Field(SecretStr(""), description="Password of that user.")
    airflow_moved: str = Field(
        "", description="Tables and layers that have moved from Airflow to Dagster: analytics,cleaned/pin."
    )
    streams: PathOrNone = Field(None, description="YAML file of streams. Default: the one of this package.")
    stream_trigger: float = Field(
        1.0, ge=0, le=3600, description="Seconds that a stream's records wait at most to be committed together."
    )
    memory_limit: Memory = Field("1GB", description="Memory DuckDB may take before it spills to disk, as 512MB or 2GB.")
    retention_days: int | None = Field(
        None, ge=1, description="Days after which maintenance removes what no result needs. Default: never."
    )
    rest_url: HttpUrl = Field("", description="Kafka REST proxy (v2) or a gateway before it; /topics/<topic> follows.")
    rest_auth: Literal["none", "api_key", "sigv4"] = Field(
        "none", description="How a REST proxy, or API Gateway before Kinesis, knows us."
    )
    rest_api_key: SecretStr = Field(SecretStr(""), description="API key, sent as x-api-key, for api_key.")
    kinesis_endpoint: HttpUrl = Field("", description="URL of Kinesis. Default: AWS's own, in the region set for AWS.")
    kinesis_api_url: HttpUrl = Field("", description="API Gateway before Kinesis; /streams/<stream>/record follows.")
    kafka_brokers: Brokers = Field("", description="Bootstrap servers of the Kafka cluster: host:port,host:port.")
    kafka_security: Literal["plaintext", "tls", "scram", "msk_iam"] = Field(
        "plaintext", description="How brokers are reached; all but plaintext encrypt."
    )
    kafka_user: str = Field("", description="User name, for scram.")
    kafka_password: SecretStr = Field(SecretStr(""), description="Password, for scram.")
    kafka_ca_file: PathOrNone = Field(None, description="CA certificates (PEM) of the brokers. Default: the system's.")

    @model_validator(mode="after")
    def _secrets_are_given(self) -> Self:
        if self.rest_auth == "api_key" and not self.rest_api_key:
            raise ValueError("PINTEREST_REST_AUTH=api_key needs the key in PINTEREST_REST_API_KEY")
        if self.pseudonym_secret_name and self.pseudonym_secret:
            raise ValueError(
                "PINTEREST_PSEUDONYM_SECRET and PINTEREST_PSEUDONYM_SECRET_NAME are both given; keep one of them"
            )
        if self.kafka_security == "scram" and not (self.kafka_user and self.kafka_password):
            raise ValueError("PINTEREST_KAFKA_SECURITY=scram needs PINTEREST_KAFKA_USER and PINTEREST_KAFKA_PASSWORD")
        return self

    @model_validator(mode="after")
    def _databricks_is_told_where(self) -> Self:
        if self.steps_on == "databricks" and not (self.databricks_volume and self.databricks_wheel):
            raise ValueError(
                "PINTEREST_STEPS_ON=databricks needs PINTEREST_DATABRICKS_VOLUME and PINTEREST_DATABRICKS_WHEEL"
            )
        if secrets := [name for name in self.databricks_set if isinstance(getattr(self, name, None), SecretStr)]:
            raise ValueError(
                f"PINTEREST_DATABRICKS_SET has {', '.join(secrets)}, which all would see who see the run; put it "
                "into a secret scope that PINTEREST_DATABRICKS_SECRETS names"
            )
        if unknown := sorted(set(self.databricks_set) - set(type(self).model_fields)):
            raise ValueError(
                f"PINTEREST_DATABRICKS_SET names {', '.join(unknown)}; allowed are names of settings, as landing"
            )
        return self

    def below(self, folder: str) -> Self:
        """The settings of a domain that lies in a folder below `data`, or in `data` itself where `folder` is empty.
        Dagster's home is shared by all domains."""
        if not folder:
            return self
        return self.model_copy(update={"data": self.data / folder, "dagster_home_folder": self.dagster_home})

    @property
    def landing_root(self) -> str:
        return self.landing or str(self.data / "landing")

    @property
    def lake_root(self) -> str:
        return self.lake or str(self.data / "lake")

    @property
    def source(self) -> str:
        return self.source_url or f"sqlite:///{self.data / 'source.db'}"

    @property
    def dagster_home(self) -> Path:
        """Dagster's home, shared by the UI and the command line."""
        return self.dagster_home_folder or self.data / "dagster"

    @property
    def connector(self) -> str:
        """Name of the Kafka connector that lands the topics."""
        return f"{self.topic_prefix}-landing"

    @property
    def airflow_prefix(self) -> str:
        """What the exported DAG and its Variables in Airflow are named by. Each domain has its own."""
        name = self.domain.rpartition(":")[2].lower()
        return self.topic_prefix if self.domain == DEFAULT_DOMAIN else f"{self.topic_prefix}_{name}"

    @property
    def airflow_dag(self) -> str:
        """Id of the exported DAG, and name of its file."""
        return f"{self.airflow_prefix}_dag"

    def topic(self, record: str) -> str:
        """Kafka topic of a record kind (`pin`, `geo`, `user`)."""
        return f"{self.topic_prefix}.{record}"

    def kinesis_stream(self, name: str) -> str:
        """Kinesis stream of a record kind, or of any other stream of that name."""
        return f"streaming-{self.topic_prefix}-{name}"


def load_settings(**overrides: object) -> Settings:
    """Read the environment and `.env`; `overrides` win.

    Raises:
        SettingsError: naming each variable, its value and what is allowed.
    """
    return read(Settings, **overrides)


def read(settings: type[S], **overrides: Any) -> S:
    """Settings of that kind, as `load_settings` reads them."""
    try:
        return settings(**overrides)
    except ValidationError as error:
        prefix, lines = settings.model_config.get("env_prefix", ""), []
        for problem in error.errors():
            message = problem["msg"].removeprefix("Value error, ")
            # What concerns several variables names them itself, and its input is all settings, secrets included.
            name = str(problem["loc"][0]) if problem["loc"] else ""
            variable = name if name.isupper() else f"{prefix}{name.upper()}"
            field = settings.model_fields.get(name)
            is_secret = field is not None and field.annotation is SecretStr
            shown = "***" if is_secret else without_login(repr(problem.get("input")))
            lines.append(f"{variable}={shown}: {message}" if name else message)
        raise SettingsError("\n".join(lines)) from None
