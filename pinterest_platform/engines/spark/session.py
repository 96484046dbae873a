"""The Spark session of this process: found where there is one, else opened, and closed after its last user.

How one is opened is in `local` (Spark in this process) and `connect` (a server); what is computed in it is the engine's
business. pyspark is imported when a session is opened.
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

#: Part of what the models mean, wherever the session came from.
_MEANING = {"spark.sql.session.timeZone": "UTC", "spark.sql.ansi.enabled": "true"}


class OpenSession(Protocol):
    """A session that was opened here."""

    session: SparkSession

    def use(self, settings: Settings) -> None:
        """Tell it what it needs to know of where these settings point."""

    def stop(self) -> None:
        """End it, and what was started for it."""


@dataclass
class _Opened:
    by: OpenSession
    where: str
    users: int = 0


_lock = threading.Lock()
_opened: _Opened | None = None


def open_session(settings: Settings, config: Mapping[str, str] | None = None) -> SparkSession:
    """The session of this process, or a new one; each call wants a `close_session`. `config` are properties of Spark
    that win over those of the settings; a session that is there takes those that can be changed while it is open.

    A session that is there is used as it is (a Databricks job or notebook, spark-submit), but for the time zone, UTC,
    and ANSI mode. Else PINTEREST_SPARK_REMOTE opens one on a Spark Connect server, `engine="databricks"` without it one
    by Databricks Connect, and otherwise Spark is started in this process.

    A server needs Delta, access to the storage, and for its Python workers this minor version of Python with the
    packages that docs/engines.md names; this package itself is sent to it.

    Raises:
        EngineError: something is missing or out of reach, or a property cannot be set; the message says what, and what
            to do.
        S3Error: the landing zone's or the lake's bucket cannot be used.
    """
    global _opened
    try:
        import pyspark  # noqa: F401
    except ImportError:
        raise EngineError("Spark is not installed: pip install 'pinterest-platform[spark]'") from None
    config = config or {}
    if fixed := config.keys() & _MEANING.keys():
        raise EngineError(f"spark_config sets {', '.join(sorted(fixed))}, on which the tables depend: leave it out.")
    with _lock:
        if _opened is None and (found := _find(settings)) is not None:
            return _configured(found, config)
        where = settings.spark_remote or ("Databricks" if settings.engine == "databricks" else "this process")
        if _opened is None:
            _opened = _Opened(_open(settings, config), where)
        elif _opened.where != where:
            raise EngineError("A process has one Spark session at a time, and this one's is elsewhere: close it first.")
        _opened.users += 1
        session = _opened.by.session
        try:
            _opened.by.use(settings)
            return _configured(session, config)
        except BaseException:
            _leave()
            raise


def close_session(session: SparkSession) -> None:
    """End a session that `open_session` opened, once all who asked for it have closed it; others are left alone."""
    with _lock:
        if _opened is not None and session is _opened.by.session:
            _leave()


def _leave() -> None:
    """One user less; the last one ends it."""
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
    except PySparkRuntimeError:  # There is none.
        return None


def _configured(session: SparkSession, config: Mapping[str, str]) -> SparkSession:
    from pyspark.errors import PySparkException

    for name, value in _MEANING.items():
        session.conf.set(name, value)
    for name, value in config.items():
        if session.conf.get(name, None) == value:  # One that began with it.
            continue
        try:
            session.conf.set(name, value)
        except PySparkException:
            given, there = (local.shown(name, found) for found in (value, session.conf.get(name, None)))
            raise EngineError(
                f"spark_config sets {name}={given}, which a session takes only at its start, and this one is open "
                f"with {there}. Set it where the session is opened, or leave it out."
            ) from None
    return session
