"""The Spark session of this process: an existing one, or one that is opened here and closed after its last user.

`local` opens a session in this process, and `connect` on a server. The engine computes in it. pyspark is imported when
a session is opened.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pinterest_platform.engines.contract import EngineError
from pinterest_platform.engines.spark import connect, local
from pinterest_platform.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Settings that the models depend on, in every session.
_MEANING = {"spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true"}


class OpenSession(Protocol):
    """A session that was opened by this module."""

    session: SparkSession

    def use(self, settings: Settings) -> None:
        """Configure it for the storage of these settings."""

    def stop(self) -> None:
        """End it, and everything that was started for it."""


@dataclass
class _Opened:
    by: OpenSession
    where: str
    users: int = 0


_lock = threading.Lock()
_opened: _Opened | None = None


def open_session(settings: Settings, config: Mapping[str, str] | None = None) -> SparkSession:
    """The session of this process, or a new one. Call `close_session` once per call.

    `config` are properties of Spark that take precedence over those of the settings. On an existing session, they can
    only be set if they may change while it is open.

    An existing session (a Databricks job or notebook, spark-submit) is used as it is. Only its time zone is set to UTC,
    and ANSI mode is enabled. Otherwise PINTEREST_SPARK_REMOTE opens one on a Spark Connect server. Without it,
    `engine="databricks"` opens one with Databricks Connect, and any other engine starts Spark in this process.

    A server needs Delta and access to the storage. Its Python workers need this minor version of Python and the
    packages that docs/engines.md lists. This package itself is sent to the server.

    Raises:
        EngineError: something is missing or unreachable, or a property cannot be set. The message says what, and what
            to do.
        S3Error: the bucket of the landing zone or the lake cannot be used.
    """
    global _opened
    try:
        import pyspark  # noqa: F401
    except ImportError:
        raise EngineError("Spark is not installed. Install it with: pip install 'pinterest-platform[spark]'") from None
    config = config or {}
    if fixed := config.keys() & _MEANING.keys():
        raise EngineError(f"spark_config sets {', '.join(sorted(fixed))}, on which the tables depend. Remove it.")
    with _lock:
        if _opened is None and (found := _find(settings)) is not None:
            return _configured(found, config)
        where = settings.spark_remote or ("Databricks" if settings.engine == "databricks" else "this process")
        if _opened is None:
            _opened = _Opened(_open(settings, config), where)
        elif _opened.where != where:
            raise EngineError(
                "A process has one Spark session at a time, and this process has one elsewhere. Close that one first."
            )
        _opened.users += 1
        session = _opened.by.session
        try:
            _opened.by.use(settings)
            return _configured(session, config)
        except BaseException:
            _leave()
            raise


def close_session(session: SparkSession) -> None:
    """End a session that `open_session` opened, after its last user has closed it. Other sessions are left alone."""
    with _lock:
        if _opened is not None and session is _opened.by.session:
            _leave()


def _leave() -> None:
    """Remove one user. The last one ends the session."""
    global _opened
    assert _opened is not None
    _opened.users -= 1
    if _opened.users == 0:
        ending, _opened = _opened, None
        ending.by.stop()


def _open(settings: Settings, config: Mapping[str, str]) -> OpenSession:
    if settings.spark_remote:
        return connect.ServerSession.on(settings.spark_remote)
    if settings.engine == "databricks":
        return connect.ServerSession.on_databricks()
    return local.LocalSession.start(settings, config)


def _find(settings: Settings) -> SparkSession | None:
    from pyspark.errors import PySparkRuntimeError
    from pyspark.sql import SparkSession

    if settings.spark_submitted:
        return SparkSession.builder.getOrCreate()
    try:
        return SparkSession.active()
    except PySparkRuntimeError:  # No active session.
        return None


def _configured(session: SparkSession, config: Mapping[str, str]) -> SparkSession:
    from pyspark.errors import PySparkException

    for name, value in _MEANING.items():
        session.conf.set(name, value)
    for name, value in config.items():
        if session.conf.get(name, None) == value:  # The session was started with it.
            continue
        try:
            session.conf.set(name, value)
        except PySparkException:
            given, there = (local.shown(name, found) for found in (value, session.conf.get(name, None)))
            raise EngineError(
                f"spark_config sets {name}={given}, which must be set when a session starts, but this session is open "
                f"with {there}. Set it where the session is opened, or remove it."
            ) from None
    return session
