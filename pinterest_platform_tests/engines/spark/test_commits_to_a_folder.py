"""A commit of Spark's to a folder meets one of another program that comes in the very moment."""

from __future__ import annotations

from pathlib import Path

import pytest
from py4j.protocol import Py4JJavaError
from pyspark.java_gateway import ensure_callback_server_started
from pyspark.sql import SparkSession


class Actions:
    """What a commit says, as a Java iterator; while it is read, somebody else writes the same version."""

    class Java:
        implements = ("java.util.Iterator",)

    def __init__(self, version: Path) -> None:
        self._version = version
        self._left = ["mine"]

    def hasNext(self) -> bool:
        return bool(self._left)

    def next(self) -> str:
        self._version.write_text("theirs\n")
        return self._left.pop()


def test_the_other_one_was_first(spark: SparkSession, tmp_path: Path) -> None:
    jvm, gateway = spark._jvm, spark._sc._gateway
    ensure_callback_server_started(gateway)
    conf = spark._jsc.hadoopConfiguration()
    assert spark.conf.get("spark.delta.logStore.file.impl") == "pinterest.platform.FolderLogStore"
    store = jvm.pinterest.platform.FolderLogStore(conf)
    version = tmp_path / f"{1:020d}.json"
    with pytest.raises(Py4JJavaError, match="FileAlreadyExistsException"):
        store.write(jvm.org.apache.hadoop.fs.Path(version.as_uri()), Actions(version), False, conf)
    assert version.read_text() == "theirs\n"
    assert list(tmp_path.iterdir()) == [version], "nothing is left of the other"
