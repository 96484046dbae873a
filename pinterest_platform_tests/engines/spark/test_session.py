"""Whose session it is: opened once for all who ask, ended after the last, and left alone where it was found."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pinterest_platform.engines.contract import EngineError
from pinterest_platform.engines.spark.local import spark_home
from pinterest_platform.engines.spark.session import close_session, open_session
from pinterest_platform.settings import load_settings

#: What every program of these tests begins with.
PROGRAM = """
    from pathlib import Path
    from pinterest_platform.engines.spark.session import close_session, open_session
    from pinterest_platform.settings import load_settings
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

    def open_small(**settings):
        return open_session(load_settings(engine="spark", spark_master="local[1]", **settings))
"""


def run(command: list[str], folder: Path, temporary: Path) -> list[str]:
    """The lines that a program prints; it runs in `folder`, and what it makes for a while belongs in `temporary`."""
    temporary.mkdir()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {"TMPDIR": str(temporary), "PYSPARK_PYTHON": sys.executable}
    environment |= {"AWS_SHARED_CREDENTIALS_FILE": "/nowhere", "AWS_EC2_METADATA_DISABLED": "true"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_tables_are_written_and_read(spark: SparkSession, tmp_path: Path) -> None:
    table = str(tmp_path / "table")
    spark.sql(f"CREATE TABLE delta.`{table}` (id BIGINT, at TIMESTAMP_NTZ) USING delta")
    spark.sql(f"INSERT INTO delta.`{table}` VALUES (1, NULL), (2, TIMESTAMP_NTZ '2024-03-31 02:30:00')")
    found = spark.sql(f"SELECT id, CAST(at AS STRING) AS at FROM delta.`{table}` ORDER BY id").collect()
    assert [tuple(row) for row in found] == [(1, None), (2, "2024-03-31 02:30:00")]
    assert spark.conf.get("spark.sql.session.timeZone") == "UTC"
    assert spark.conf.get("spark.sql.ansi.enabled") == "true"


def test_one_session_for_all_who_ask(spark: SparkSession) -> None:
    first, second = (open_session(load_settings(engine="spark")) for _ in range(2))
    assert first is spark
    assert second is spark
    close_session(first)
    close_session(second)
    assert spark.range(2).count() == 2


@pytest.mark.usefixtures("spark")
def test_session_elsewhere_is_refused_while_this_one_is_open() -> None:
    with pytest.raises(EngineError, match="one Spark session at a time"):
        open_session(load_settings(engine="spark", spark_remote="sc://127.0.0.1:15002"))


def test_sessions_one_after_another_leave_nothing(spark_jars: Path, tmp_path: Path) -> None:
    """Somebody else's that was stopped, one of no use, then two of ours, with Delta and another memory."""
    table, work, temporary = tmp_path / "table", tmp_path / "work", tmp_path / "temporary"
    work.mkdir()
    code = f"""
        from pinterest_platform.s3 import S3Error
        foreign = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
        assert open_small() is foreign
        close_session(foreign)
        print(foreign.range(3).count())
        foreign.stop()
        try:
            open_small(spark_jars={str(spark_jars)!r}, lake="s3://lake")
        except S3Error as error:
            print(str(error).split(".")[0])
        for memory in ("600m", "700m"):
            ours = open_small(spark_jars={str(spark_jars)!r}, spark_driver_memory=memory)
            java = SparkContext._gateway.proc
            if memory == "600m":
                ours.sql({f"CREATE TABLE delta.`{table}` (id BIGINT) USING delta"!r})
            print(ours.range(4).count(), ours.conf.get("spark.driver.memory"))
            close_session(ours)
            assert java.poll() is not None
            print(sorted(path.name for path in Path({str(temporary)!r}).glob("pinterest-*")))
    """
    program = textwrap.dedent(PROGRAM) + textwrap.dedent(code)
    assert run([sys.executable, "-c", program], work, temporary) == [
        "3",
        "s3://lake: no AWS credentials",
        "4 600m",
        "[]",
        "4 700m",
        "[]",
    ]
    assert list(work.iterdir()) == []


def test_session_of_spark_submit_is_used(tmp_path: Path) -> None:
    code = """
        session = open_session(load_settings(engine="spark", spark_master="local[7]", spark_jars="/nowhere"))
        close_session(session)
        print(session.range(5).count(), session.sparkContext.master, session.conf.get("spark.sql.session.timeZone"))
    """
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(PROGRAM) + textwrap.dedent(code))
    submit = [str(spark_home() / "bin" / "spark-submit"), "--master", "local[1]", "--conf", "spark.ui.enabled=false"]
    assert run([*submit, str(program)], tmp_path, tmp_path / "temporary") == ["5 local[1] UTC"]


def test_spark_that_does_not_start(spark_jars: Path, tmp_path: Path) -> None:
    code = f"""
        from pinterest_platform.engines.contract import EngineError
        for settings in ({{"spark_master": "local[x]"}}, {{"spark_driver_memory": "2q"}}):
            try:
                open_session(load_settings(engine="spark", spark_jars={str(spark_jars)!r}, **settings))
            except EngineError as error:
                print(str(error).splitlines()[0])
    """
    program = textwrap.dedent(PROGRAM) + textwrap.dedent(code)
    told = run([sys.executable, "-c", program], tmp_path, tmp_path / "temporary")
    assert "PINTEREST_SPARK_MASTER=local[x]" in told[0]
    assert "Could not parse Master URL" in told[0]
    assert "PINTEREST_SPARK_DRIVER_MEMORY=2q: Java's own message is above" in told[1]
