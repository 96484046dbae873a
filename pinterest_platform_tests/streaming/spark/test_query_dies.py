"""A query dies between two steps of a batch, or its commit breaks off; each record is there once in the end."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from pinterest_platform.lake.errors import LakeConflictError, LakeError
from pinterest_platform.settings import Settings
from pinterest_platform.streaming import table
from pinterest_platform.streaming.batch import BatchLog
from pinterest_platform.streaming.table import StreamTable
from pinterest_platform_tests.integration.streaming.conftest import Pins
from pinterest_platform_tests.integration.streaming.jobs import run_once
from pinterest_platform_tests.landing_data import pin
from pinterest_platform_tests.streaming.spark.test_both_engines import read_on_spark

RECORDS = [pin(n) if n % 3 else b"no pin %d" % n for n in range(20)]


def fail(patch: pytest.MonkeyPatch, owner: object, name: str, call: int, error: Exception) -> None:
    """Have a function fail at that one of its calls, counted from 0, before it does anything."""
    works, number = getattr(owner, name), count()

    def failing(*arguments: Any, **named: Any) -> Any:
        if next(number) == call:
            raise error
        return works(*arguments, **named)

    patch.setattr(owner, name, failing)


@pytest.mark.parametrize(
    ("owner", "name", "call", "read"),
    [(StreamTable, "commit", 1, read_on_spark), (BatchLog, "add", 0, run_once)],
    ids=["rejected committed, rows not", "rows committed, the batch not done to Spark"],
)
def test_between_two_steps(
    pins: Pins, on_spark: Settings, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, call: int, read: Any
) -> None:
    pins.put(*RECORDS)
    with monkeypatch.context() as patch:
        fail(patch, owner, name, call, LakeError("dies here"))
        with pytest.raises(LakeError, match="dies here"):
            read_on_spark(on_spark, pins.stream)
    pins.put(*RECORDS)
    read(on_spark if read is read_on_spark else pins.settings, pins.stream)
    pins.assert_each_once()


def test_a_commit_that_breaks_off_is_made_again(
    pins: Pins, on_spark: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files are gone by then: the batch is done again, but for what is in `stream/rejected` already."""
    pins.put(*RECORDS)
    fail(monkeypatch, table, "commit", 1, LakeConflictError("it broke off"))
    [batch] = read_on_spark(on_spark, pins.stream)
    assert (batch.records, batch.rejected) == (20, 7)
    pins.assert_each_once()
