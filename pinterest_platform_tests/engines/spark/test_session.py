"""Sessions that programs open: ended after the last user, left alone where they were found. Each has its own Java."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pinterest_platform.engines.spark.local import spark_home

#: What every program of these tests begins with.
PROGRAM = """
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


@pytest.mark.long
def test_session_is_found_or_opened_and_ended(spark_jars: Path, tmp_path: Path) -> None:
    """Somebody else's is used and left alone; ours has Delta, and leaves nothing."""
    work, temporary = tmp_path / "work", tmp_path / "temporary"
    work.mkdir()
    code = f"""
        foreign = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
        assert open_small() is foreign
        close_session(foreign)
        print(foreign.range(3).count())
        foreign.stop()
        ours = open_small(spark_jars={str(spark_jars)!r})
        java = SparkContext._gateway.proc
        ours.sql({f"CREATE TABLE delta.`{tmp_path / 'table'}` (id BIGINT) USING delta"!r})
        close_session(ours)
        assert java.poll() is not None
    """
    program = textwrap.dedent(PROGRAM) + textwrap.dedent(code)
    assert run([sys.executable, "-c", program], work, temporary) == ["3"]
    assert [list(work.iterdir()), list(temporary.glob("pinterest-*"))] == [[], []]


@pytest.mark.long
def test_sessions_one_after_another(spark_jars: Path, tmp_path: Path) -> None:
    """One of no use, then two that have another memory each."""
    code = f"""
        from pinterest_platform.s3.errors import S3Error
        try:
            open_small(spark_jars={str(spark_jars)!r}, lake="s3://lake")
        except S3Error as error:
            print(str(error).split(".")[0])
        for memory in ("600m", "700m"):
            ours = open_small(spark_jars={str(spark_jars)!r}, spark_driver_memory=memory)
            print(ours.range(4).count(), ours.conf.get("spark.driver.memory"))
            close_session(ours)
    """
    program = textwrap.dedent(PROGRAM) + textwrap.dedent(code)
    told = run([sys.executable, "-c", program], tmp_path, tmp_path / "temporary")
    assert told == ["s3://lake: no AWS credentials", "4 600m", "4 700m"]


@pytest.mark.long
def test_given_properties_win_over_settings(spark_jars: Path, tmp_path: Path) -> None:
    code = f"""
        from pinterest_platform.engines.contract import EngineError
        settings = load_settings(engine="spark", spark_master="local[1]", spark_jars={str(spark_jars)!r})
        try:
            open_session(settings, {{"spark.jars": "more.jar"}})
        except EngineError as error:
            print(error)
        ours = open_session(settings, {{"spark.master": "local[2]", "spark.driver.memory": "600m"}})
        print(ours.sparkContext.master, ours.conf.get("spark.driver.memory"), len(ours.conf.get("spark.jars")) > 0)
        close_session(ours)
    """
    program = textwrap.dedent(PROGRAM) + textwrap.dedent(code)
    told = run([sys.executable, "-c", program], tmp_path, tmp_path / "temporary")
    refused = "spark_config sets spark.jars, on which the tables depend. Remove it."
    assert told == [f"{refused} Put further jars into the folder of PINTEREST_SPARK_JARS.", "local[2] 600m True"]


@pytest.mark.long
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


@pytest.mark.long
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
