"""A session on a server: Spark Connect, or Databricks through Databricks Connect. The server has the jars and storage
access."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinterest_platform.engines.contract import EngineError
from pinterest_platform.engines.spark.package import send_package
from pinterest_platform.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_PATIENCE_SECONDS = 20


@dataclass
class ServerSession:
    session: SparkSession

    @classmethod
    def on(cls, url: str) -> ServerSession:
        """Open a session on the server at `sc://host:port/;name=value`, which may include a token.

        Raises:
            EngineError: the URL is invalid, or the server cannot be reached or refuses.
        """
        server = _reach(url)
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession

        session = SparkSession.builder.remote(url).getOrCreate()
        try:
            send_package(session)
        except PySparkException as error:
            cls(session).stop()
            raise EngineError(
                f"Spark Connect server {server} refused: {error}. Check PINTEREST_SPARK_REMOTE."
            ) from error
        return cls(session)

    @classmethod
    def on_databricks(cls) -> ServerSession:
        """Open a session with the configuration of Databricks Connect (a profile, variables).

        Raises:
            EngineError: Databricks Connect is not installed, or not configured.
        """
        try:
            from databricks.connect import DatabricksSession
        except ImportError:
            raise EngineError(
                "PINTEREST_ENGINE=databricks needs a cluster when it runs outside of Databricks. Set "
                "PINTEREST_SPARK_REMOTE (sc://<workspace>:443/;token=<token>;x-databricks-cluster-id=<id>), or use "
                "Databricks Connect: pip install databricks-connect. Its environment must not have pyspark, which the "
                "extras spark and databricks install."
            ) from None
        try:
            session: SparkSession = DatabricksSession.builder.getOrCreate()
            send_package(session)
        except Exception as error:  # Any error of its authentication.
            raise EngineError(f"Databricks Connect cannot open a session: {error}") from error
        return cls(session)

    def use(self, settings: Settings) -> None:
        """Do nothing: the server's own configuration has the storage."""

    def stop(self) -> None:
        self.session.stop()
        # pyspark leaves this variable set, which prevents starting Spark in this process.
        os.environ.pop("SPARK_CONNECT_MODE_ENABLED", None)


def _reach(url: str) -> str:
    """`host:port` of a server that answers. pyspark itself would retry for ten minutes."""
    try:
        import grpc
        from pyspark.errors import PySparkException
        from pyspark.sql.connect.client import DefaultChannelBuilder
    except ImportError as error:
        raise EngineError(
            f"Spark Connect needs the extra `spark`. Install it with: pip install 'pinterest-platform[spark]' ({error})"
        ) from None
    try:
        builder = DefaultChannelBuilder(url)
    except PySparkException as error:
        raise EngineError(f"PINTEREST_SPARK_REMOTE is not an address of a Spark Connect server: {error}") from None
    server = f"{builder.host}:{builder.url.port or builder.default_port()}"
    channel = builder.toChannel()
    try:
        grpc.channel_ready_future(channel).result(timeout=_PATIENCE_SECONDS)
    except grpc.FutureTimeoutError:
        raise EngineError(
            f"No Spark Connect server answers at {server} within {_PATIENCE_SECONDS} s. Start it there "
            "($SPARK_HOME/sbin/start-connect-server.sh), or correct PINTEREST_SPARK_REMOTE."
        ) from None
    finally:
        channel.close()
    return server
