"""`lake.spark(...)` of a notebook: DataFrames in the session that is there, at a version, and nothing is written."""

from __future__ import annotations

import re
from pathlib import Path

from pyspark.sql import SparkSession

from pinterest_platform_tests.test_notebook import PIN, tables_in, with_pins, written

HOW_TO = Path(__file__).parents[3] / "docs" / "how-to.md"


def test_a_table_as_a_dataframe(spark: SparkSession, tmp_path: Path) -> None:
    lake = tables_in(with_pins(tmp_path))
    before = written(tmp_path)
    assert lake.spark(PIN).where("ind > 1").count() == 2
    assert lake.spark(PIN, at=1).count() == 2
    assert lake.spark("serving/pin").count() == 3
    [shown] = re.findall(r"^```python\nfrom .*?\n\n(.*?)^```", HOW_TO.read_text(), re.MULTILINE | re.DOTALL)
    assert [eval(line, {"lake": lake}) is not None for line in shown.splitlines()] == [True] * 5
    lake.close()
    assert spark.range(2).count() == 2  # Who opened the session before has it still.
    assert written(tmp_path) == before
