"""The engine over Spark Connect: the same verbs, with what only Spark Connect has."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pinterest_platform_tests.landing_data import open_platform, same_as_clean_run

CODE = """
    import sys
    from pathlib import Path
    from pinterest_platform_tests.engines.spark.platforms import open_spark_platform
    from pinterest_platform_tests.landing_data import pin

    platform = open_spark_platform(Path(sys.argv[1]), spark_remote=sys.argv[2])
    engine = platform.engine
    for start, lines in ((0, [pin(1), pin(2), b"garbage"]), (3, [pin(2, title="new"), pin(3)])):
        platform.landing.put(start, lines)
        print(engine.ingest("pin").rows_added, engine.refresh("cleaned/pin").outcome)
    print(engine.refresh("analytics/most_popular_category_by_country").outcome)
    print(engine.query("SELECT COUNT(*) AS n FROM cleaned.pin").rows)
    engine.close()
"""


@pytest.mark.long
def test_same_tables(spark_connect: str, tmp_path: Path) -> None:
    """In a process of its own: pyspark remembers what kind of session it had."""
    arguments = [sys.executable, "-c", textwrap.dedent(CODE), str(tmp_path), spark_connect]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["2 replaced", "2 merged", "replaced", "[(3,)]"]
    platform = open_platform(tmp_path)
    same_as_clean_run(platform, tmp_path / "clean")
    assert platform.rows("SELECT ind, title FROM cleaned.pin ORDER BY ind") == [(1, None), (2, "new"), (3, None)]
    platform.engine.close()
