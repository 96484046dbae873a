"""The files that your own Spark cluster needs for this platform: jars, and the settings for them.

Machines, ports and sizes are up to the cluster.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from pinterest_platform.engines.spark import log_store, s3a
from pinterest_platform.engines.spark.jars import JarSet, fetch_jars, jars_in
from pinterest_platform.engines.spark.java import find_java
from pinterest_platform.engines.spark.local import TABLES, spark_home
from pinterest_platform.engines.spark.log_store import log_store_jar
from pinterest_platform.settings import Settings

_SETS: tuple[JarSet, ...] = ("delta", "s3a")
#: Java's client of S3 looks for credentials in variables, a profile, and the role of a container or machine.
_CREDENTIALS = {
    "spark.hadoop.fs.s3a.aws.credentials.provider": (
        "software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider"
    )
}
_HEADER = "# Settings for pinterest-platform, written by `pinterest-platform spark-conf`.\n"


def write_server_files(settings: Settings, folder: Path) -> tuple[str, ...]:
    """Write `jars/` and `spark-defaults.conf` into a folder, and return their names.

    Set SPARK_CONF_DIR of a cluster to this folder. Every machine must have it at this path.

    Raises:
        EngineError: Java or the jars are missing.
    """
    java, home = find_java(settings.java_home), spark_home()
    folder_given = settings.spark_jars
    jars = jars_in(folder_given, *_SETS) if folder_given else fetch_jars(java, home, *_SETS)
    jars = [*jars, *(log_store_jar(store, java, home, jars) for store in log_store.SETTINGS)]
    target = folder.absolute() / "jars"
    target.mkdir(parents=True, exist_ok=True)
    for jar in jars:
        shutil.copy(jar, target)
    lines = [f"{name} {value}\n" for name, value in _settings(target).items()]
    (folder / "spark-defaults.conf").write_text(_HEADER + "".join(lines), "utf-8")
    return "jars", "spark-defaults.conf"


def _settings(jars: Path) -> dict[str, str]:
    found = {
        # On the class path from the start: Hadoop and Delta's log stores would not find jars that a session adds later.
        "spark.driver.extraClassPath": f"{jars}/*",
        "spark.executor.extraClassPath": f"{jars}/*",
        **TABLES,
        **s3a.SETTINGS,
        **_CREDENTIALS,
    }
    for store in log_store.SETTINGS.values():
        found |= store
    return found
