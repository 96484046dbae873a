"""What `spark-conf` writes for a cluster of one's own. That a cluster computes with it is shown by
`infra/test_spark_cluster.py`."""

from __future__ import annotations

from pathlib import Path

from pinterest_platform.engines.spark import log_store, s3a
from pinterest_platform.engines.spark.local import TABLES
from pinterest_platform_tests.cli.conftest import Cli, cli

__all__ = ["cli"]


def test_cluster_commits_and_asks_s3_as_spark_does_here(cli: Cli, tmp_path: Path, spark_jars: Path) -> None:
    out = tmp_path / "out"
    done = cli("spark-conf", "--out", str(out), PINTEREST_SPARK_JARS=str(spark_jars))
    assert (done.returncode, done.stdout.split()) == (0, [str(out / "jars"), str(out / "spark-defaults.conf")])
    written = (out / "spark-defaults.conf").read_text().splitlines()
    settings = dict(line.split(" ", 1) for line in written if not line.startswith("#"))
    here = {**TABLES, **s3a.SETTINGS, **log_store.SETTINGS["folder"], **log_store.SETTINGS["s3"]}
    assert settings == {**settings, **here}
    for name in ("spark.driver.extraClassPath", "spark.executor.extraClassPath"):
        assert settings[name] == f"{out}/jars/*"
    jars = {path.name for path in (out / "jars").iterdir()}
    assert jars == {path.name for path in spark_jars.iterdir()} | {"folder-log-store.jar", "s3-log-store.jar"}


def test_folder_without_the_jars_is_told(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "jars").mkdir()
    done = cli("spark-conf", "--out", str(tmp_path / "out"), PINTEREST_SPARK_JARS=str(tmp_path / "jars"))
    assert done.returncode == 1
    assert f"PINTEREST_SPARK_JARS={tmp_path / 'jars'} has no delta-spark_*.jar" in done.stderr
    assert not (tmp_path / "out").exists()
