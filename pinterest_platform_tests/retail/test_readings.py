"""Each value of a source is read as what it is, or its row is rejected with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from pinterest_platform_tests.retail.cases import BAD, CASES, SOURCES
from pinterest_platform_tests.retail.lakes import Retail, Row, order


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retail]:
    """All cases of a source in one load of it, the bad rows last."""
    retail = Retail(tmp_path_factory.mktemp("retail"))
    good = {source: [row for kind, row, _ in CASES if kind == source] for source in SOURCES}
    bad = {
        source: [{**make(10_000 + n), **fields} for n, (kind, fields, _) in enumerate(BAD) if kind == source]
        for source, (make, _, _) in SOURCES.items()
    }
    retail.load(
        **{source: [*good[source], *bad[source]] for source in SOURCES}, orders=[order(1, product_quantity="0")]
    )
    yield retail
    retail.close()


@pytest.fixture(scope="module")
def tables(read: Retail) -> dict[str, list[dict[str, Any]]]:
    return {source: read.table(f"cleaned/{table}") for source, (_, table, _) in SOURCES.items()}


@pytest.mark.parametrize(("source", "row", "wanted"), CASES)
def test_value_is_read(tables: dict[str, list[dict[str, Any]]], source: str, row: Row, wanted: dict[str, Any]) -> None:
    key = SOURCES[source][2]
    of_row = wanted.get(key, row[key])
    [found] = [kept for kept in tables[source] if kept[key] == of_row]
    assert {name: found[name] for name in wanted} == wanted


@pytest.mark.parametrize("source", SOURCES)
def test_every_good_row_is_kept_and_every_bad_one_rejected_with_its_reason(
    read: Retail, tables: dict[str, list[dict[str, Any]]], source: str
) -> None:
    assert len(tables[source]) == sum(kind == source for kind, _, _ in CASES)
    wanted = [reason for kind, _, reason in BAD if kind == source]
    reasons = read.reasons(source)
    assert len(reasons) == len(wanted)
    assert [part for part in wanted if not any(part in told for told in reasons)] == []


def test_quantity_of_nothing_is_rejected(read: Retail) -> None:
    assert read.reasons("orders") == ['product_quantity: "0" is not a whole number from 1 to 32767']


@pytest.mark.parametrize("source", SOURCES)
def test_rows_of_raw_fit_the_checks_that_the_rules_make(read: Retail, source: str) -> None:
    assert read.violated(f"raw/{source}") == {}


def test_products_of_odd_weight_are_listed(read: Retail) -> None:
    found = read.violated("cleaned/dim_products")
    assert found.keys() == {"weight_plausible"}
    assert len(found["weight_plausible"]) == 8
