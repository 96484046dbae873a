"""Keeping what is computed once and read twice, where the cluster can."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@contextmanager
def kept(frame: DataFrame) -> Iterator[DataFrame]:
    """The rows of `frame`, computed once for as long as the context lasts. Serverless compute keeps nothing: there they
    are computed each time."""
    from pyspark.errors import PySparkException

    try:
        frame = frame.persist()
    except PySparkException:
        yield frame
        return
    try:
        yield frame
    finally:
        frame.unpersist()
