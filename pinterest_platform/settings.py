"""Settings: the only module that reads the environment. `load_settings` reads them once, and callers pass them on.

Every variable is optional and can be set in a `.env` file in the working directory. Nothing here uses the network.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pinterest_platform.errors import PlatformError, without_login
from pinterest_platform.setting_types import (
    AUTO,
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

#: The domain if PINTEREST_DOMAIN is not set.
DEFAULT_DOMAIN = "pinterest"
_TASK_MEMORY = "1GB"


class SettingsError(PlatformError):
    """A variable has an invalid value. The message names the variable, its value and the allowed values."""


class Settings(BaseSettings):
    """The platform's settings. Each field is the environment variable `PINTEREST_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="PINTEREST_", env_file=".env", extra="ignore", frozen=True)

    domain: str = Field(DEFAULT_DOMAIN, description="Domain to run: pinterest, retail, or module:NAME of a Domain.")
    data: Folder = Field(
        Path("data"), validate_default=True, description="Parent folder for the defaults of other settings."
    )
    landing: Place = Field("", description="Landing zone: a folder or s3://bucket/prefix. Default: <data>/landing.")
    landing_layout: Literal["auto", "partition", "time", "field"] = Field(
        "auto", description="Folders of a topic's objects: by partition, time or field. Default: detected."
    )
    landing_topics_dir: FolderInZone = Field(
        "topics", description="Folder of all topics in the landing zone (the sink's topics.dir); a dot for none."
    )
    lake: Place = Field("", description="Delta lake: a folder or s3://bucket/prefix. Default: <data>/lake.")
    engine: Literal["duckdb", "spark", "databricks"] = Field("duckdb", description="Engine that runs the SQL models.")
    spark_remote: str = Field("", description="Spark Connect server, sc://host:port. Default: Spark in this process.")
    spark_master: str = Field("local[*]", description="Master URL for Spark in this process.")
    spark_jars: PathOrNone = Field(
        None, description="Folder with Spark's jars for Delta (and S3A). Default: downloads from Maven Central by Ivy."
    )
    spark_driver_memory: str = Field("1g", description="Memory for Spark in this process, such as 512m or 2g.")
    spark_min_mb: int = Field(
        1024,
        ge=0,
        description="DuckDB on Spark's driver processes data of fewer megabytes. 0: Spark computes everything.",
    )
    java_home: PathOrNone = Field(None, validation_alias="JAVA_HOME", description="Java installation for Spark.")
    spark_submitted: str = Field(
        "", validation_alias="PYSPARK_GATEWAY_PORT", description="Set by spark-submit for a program that has Spark."
    )
    unity_catalog: str = Field(
        "", description="Unity Catalog for table names, <catalog>.<layer>.<table>. Default: tables are paths."
    )
    steps_on: Literal["dagster", "databricks"] = Field(
        "dagster", description="Where steps are executed: in Dagster's own process, or as runs on Databricks."
    )
    databricks_volume: DatabricksPath = Field(
        "", description="Unity Catalog volume folder for the reports of runs: /Volumes/<catalog>/<schema>/<volume>."
    )
    databricks_wheel: DatabricksPath = Field("", description="This package's wheel, in a volume or in workspace files.")
    databricks_set: Values = Field(
        {}, description='Settings that differ on Databricks, as JSON: {"landing": "/Volumes/main/pinterest/landing"}.'
    )
    databricks_secrets: str = Field(
        "", description="Secret scope on Databricks that holds secrets under the names of their variables."
    )
    databricks_poll_seconds: float = Field(5, gt=0, description="Seconds between two polls of a run on Databricks.")
    databricks_patience_seconds: float = Field(
        900, gt=0, description="Seconds that Databricks may be unavailable before a step fails."
    )
    topic_prefix: TopicPrefix = Field(
        "0e2bc66a6297", description="Owner's id and prefix of topics: <prefix>.pin, .geo and .user."
    )
    source_url: DatabaseUrl = Field(
        "", repr=False, description="SQLAlchemy URL of the source database. Default: sqlite:///<data>/source.db."
    )
    source_secret: str = Field(
        "", description="Secret in AWS Secrets Manager with the source's username and password, in the format of RDS."
    )
    pseudonym_secret: SecretStr = Field(
        SecretStr(""),
        description="Secret that turns names into pseudonyms, from the cleaned tables on. Default: no pseudonyms.",
    )
    pseudonym_secret_name: str = Field(
        "", description="Secret in AWS Secrets Manager that holds the secret of pseudonyms, as plain text."
    )
    pseudonyms_required: bool = Field(
        False, description="true: refuse to compute anything if the secret of pseudonyms is missing."
    )
    dagster_home_folder: FolderOrDefault = Field(
        None, validation_alias="DAGSTER_HOME", description="Dagster's home. Default: <data>/dagster."
    )
    run_tags: ValuesOfEach = Field(
        {}, description='Tags for the runs of each Dagster job, as JSON: {"refresh_all": {"ecs/memory": "16384"}}.'
    )
    airflow: AirflowUrl = Field(
        "", description="Airflow that runs the exported DAG: mwaa://<environment>, or a URL. Default: no Airflow."
    )
    airflow_user: str = Field("", description="User for an Airflow at a URL.")
    airflow_password: SecretStr = Field(SecretStr(""), description="Password of the Airflow user.")
    airflow_moved: str = Field(
        "", description="Tables and layers that have moved from Airflow to Dagster, such as analytics,cleaned/pin."
    )
    streams: PathOrNone = Field(None, description="YAML file of streams. Default: the file in this package.")
    stream_trigger: float = Field(
        1.0, ge=0, le=3600, description="Maximum seconds that a stream collects records before it commits them."
    )
    memory_limit: Memory = Field(
        AUTO,
        description="Memory for DuckDB before it spills to disk, such as 512MB. auto: a quarter of the machine's, at "
        "least 1 GB.",
    )
    retention_days: int | None = Field(
        None, ge=1, description="Days after which maintenance deletes records that no result needs. Default: never."
    )
    rest_url: HttpUrl = Field("", description="Kafka REST proxy (v2) or its gateway; /topics/<topic> is appended.")
    rest_auth: Literal["none", "api_key", "sigv4"] = Field(
        "none", description="Authentication for a REST proxy, or for the API Gateway for Kinesis."
    )
    rest_api_key: SecretStr = Field(SecretStr(""), description="API key for api_key, sent as x-api-key.")
    kinesis_endpoint: HttpUrl = Field("", description="URL of Kinesis. Default: AWS's own, in the configured region.")
    kinesis_api_url: HttpUrl = Field("", description="API Gateway for Kinesis; /streams/<stream>/record is appended.")
    kafka_brokers: Brokers = Field("", description="Bootstrap servers of the Kafka cluster: host:port,host:port.")
    kafka_security: Literal["plaintext", "tls", "scram", "msk_iam"] = Field(
        "plaintext", description="Security protocol for the brokers; all but plaintext encrypt."
    )
    kafka_user: str = Field("", description="User name for scram.")
    kafka_password: SecretStr = Field(SecretStr(""), description="Password for scram.")
    kafka_ca_file: PathOrNone = Field(None, description="CA certificates (PEM) of the brokers. Default: the system's.")

    @model_validator(mode="after")
    def _secrets_are_given(self) -> Self:
        if self.rest_auth == "api_key" and not self.rest_api_key:
            raise ValueError("PINTEREST_REST_AUTH=api_key requires PINTEREST_REST_API_KEY")
        if self.pseudonym_secret_name and self.pseudonym_secret:
            raise ValueError(
                "PINTEREST_PSEUDONYM_SECRET and PINTEREST_PSEUDONYM_SECRET_NAME are both set; remove one of them"
            )
        if self.kafka_security == "scram" and not (self.kafka_user and self.kafka_password):
            raise ValueError(
                "PINTEREST_KAFKA_SECURITY=scram requires PINTEREST_KAFKA_USER and PINTEREST_KAFKA_PASSWORD"
            )
        return self

    @model_validator(mode="after")
    def _databricks_is_told_where(self) -> Self:
        if self.steps_on == "databricks" and not (self.databricks_volume and self.databricks_wheel):
            raise ValueError(
                "PINTEREST_STEPS_ON=databricks requires PINTEREST_DATABRICKS_VOLUME and PINTEREST_DATABRICKS_WHEEL"
            )
        if secrets := [name for name in self.databricks_set if isinstance(getattr(self, name, None), SecretStr)]:
            raise ValueError(
                f"PINTEREST_DATABRICKS_SET has {', '.join(secrets)}, which everyone who sees the run could read; put "
                "it into a secret scope and name that scope in PINTEREST_DATABRICKS_SECRETS"
            )
        if unknown := sorted(set(self.databricks_set) - set(type(self).model_fields)):
            raise ValueError(
                f"PINTEREST_DATABRICKS_SET has unknown settings: {', '.join(unknown)}; use names such as landing"
            )
        return self

    def below(self, folder: str) -> Self:
        """The settings of a domain whose data is in `folder` below `data`, or in `data` itself if `folder` is empty.
        All domains share Dagster's home."""
        if not folder:
            return self
        return self.model_copy(update={"data": self.data / folder, "dagster_home_folder": self.dagster_home})

    @property
    def landing_root(self) -> str:
        return self.landing or str(self.data / "landing")

    @property
    def task_memory_limit(self) -> str:
        """Memory for DuckDB in a task of Spark. Several tasks run side by side."""
        return _TASK_MEMORY if self.memory_limit == AUTO else self.memory_limit

    @property
    def lake_root(self) -> str:
        return self.lake or str(self.data / "lake")

    @property
    def source(self) -> str:
        return self.source_url or f"sqlite:///{self.data / 'source.db'}"

    @property
    def dagster_home(self) -> Path:
        """Dagster's home. The UI and the command line share it."""
        return self.dagster_home_folder or self.data / "dagster"

    @property
    def connector(self) -> str:
        """Name of the Kafka connector that lands the topics."""
        return f"{self.topic_prefix}-landing"

    @property
    def airflow_prefix(self) -> str:
        """Prefix for the names of the exported DAG and its Variables in Airflow. Each domain has its own."""
        name = self.domain.rpartition(":")[2].lower()
        return self.topic_prefix if self.domain == DEFAULT_DOMAIN else f"{self.topic_prefix}_{name}"

    @property
    def airflow_dag(self) -> str:
        """Id of the exported DAG and name of its file."""
        return f"{self.airflow_prefix}_dag"

    def topic(self, record: str) -> str:
        """Kafka topic of a record kind (`pin`, `geo`, `user`)."""
        return f"{self.topic_prefix}.{record}"

    def kinesis_stream(self, name: str) -> str:
        """Kinesis stream of a record kind, or of another stream with this name."""
        return f"streaming-{self.topic_prefix}-{name}"


def load_settings(**overrides: object) -> Settings:
    """Read the environment and `.env`; `overrides` win.

    Raises:
        SettingsError: a variable has an invalid value. The message lists every such variable.
    """
    return read(Settings, **overrides)


def read(settings: type[S], **overrides: Any) -> S:
    """Settings of a class, read like `load_settings` reads them."""
    try:
        return settings(**overrides)
    except ValidationError as error:
        prefix, lines = settings.model_config.get("env_prefix", ""), []
        for problem in error.errors():
            message = problem["msg"].removeprefix("Value error, ")
            # A problem of several variables names them itself. Its input is all settings, including secrets.
            name = str(problem["loc"][0]) if problem["loc"] else ""
            variable = name if name.isupper() else f"{prefix}{name.upper()}"
            field = settings.model_fields.get(name)
            is_secret = field is not None and field.annotation is SecretStr
            shown = "***" if is_secret else without_login(repr(problem.get("input")))
            lines.append(f"{variable}={shown}: {message}" if name else message)
        raise SettingsError("\n".join(lines)) from None
