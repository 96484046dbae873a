"""A session on a Spark Connect server: what it does there, and what is said where it cannot be opened."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

pytestmark = pytest.mark.long


def test_tables_are_written_and_this_package_runs_in_its_workers(spark_connect: str, tmp_path: Path) -> None:
    """In a process of its own, which then opens a session of its own: pyspark remembers what kind it had."""
    code = f"""
        import pyarrow as pa
        from pinterest_platform.engines.spark.session import close_session, open_session
        from pinterest_platform.settings import load_settings

        def find_package(batches):
            import pinterest_platform.landing.parser as parser
            for batch in batches:
                yield pa.RecordBatch.from_pydict({{"file": [parser.__file__] * batch.num_rows}})

        session = open_session(load_settings(engine="spark", spark_remote={spark_connect!r}))
        assert session.conf.get("spark.sql.session.timeZone") == "UTC"
        session.range(5).write.format("delta").save({str(tmp_path / "table")!r})
        table = session.read.format("delta").load({str(tmp_path / "table")!r})
        print(table.count(), table.limit(1).mapInArrow(find_package, "file string").collect()[0].file)
        close_session(session)
        print(session.is_stopped)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    rows, file, stopped = done.stdout.split()
    assert (rows, stopped) == ("5", "True")
    assert "pinterest_platform.zip/" in file
    assert sorted(path.name for path in tmp_path.iterdir()) == ["table"]
