"""Caches rows that are computed once and read twice, if the cluster supports it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@contextmanager
def kept(frame: DataFrame) -> Iterator[DataFrame]:
    """The rows of `frame`, computed once within the context. Serverless compute cannot cache them and computes them
    each time."""
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
