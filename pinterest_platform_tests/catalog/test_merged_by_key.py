"""Which models are merged by key: those that keep one row of each key, and those that join tables by their keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinterest_platform.catalog import Catalog, Merge, Model
from pinterest_platform_tests.catalog.folders import HEADER, one_model, write
from pinterest_platform_tests.domains import with_models


def tried(tmp_path: Path, sql: str, header: str = HEADER) -> Model:
    return Catalog.load(with_models(one_model(tmp_path, sql, header))).models["cleaned/tried"]


NEWEST = "QUALIFY ROW_NUMBER() OVER (PARTITION BY {} ORDER BY kafka_partition DESC, kafka_offset DESC) = 1"


def test_cleaned_models_choose_a_row_of_each_key_and_others_do_not(catalog: Catalog) -> None:
    newest = ("kafka_topic", "kafka_partition", "kafka_offset")
    assert {address: model.merge for address, model in catalog.models.items() if model.merge} == {
        "cleaned/pin": Merge("raw/pin", ("index",), newest),
        "cleaned/geo": Merge("raw/geo", ("ind",), newest),
        "cleaned/user": Merge("raw/user", ("ind",), newest),
    }


def test_merge_by_several_columns_is_in_the_order_of_the_key(tmp_path: Path) -> None:
    header = HEADER.replace("key: ind", "key: [place, ind]")
    sql = "SELECT ind, country AS place FROM raw.geo WHERE ind > 0 " + NEWEST.format("ind, country")
    assert tried(tmp_path, sql, header).merge == Merge(
        "raw/geo", ("country", "ind"), ("kafka_partition", "kafka_offset")
    )


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT ind FROM raw.geo",
        "SELECT DISTINCT ind FROM raw.geo " + NEWEST.format("ind"),
        "SELECT g.ind FROM raw.geo AS g JOIN raw.user AS u ON g.ind = u.ind "
        "QUALIFY ROW_NUMBER() OVER (PARTITION BY g.ind ORDER BY g.kafka_offset DESC) = 1",
        "SELECT ind FROM (SELECT * FROM raw.geo) " + NEWEST.format("ind"),
        "WITH g AS (SELECT * FROM raw.geo) SELECT ind FROM g " + NEWEST.format("ind"),
        "SELECT ind, COUNT(*) OVER () AS n FROM raw.geo " + NEWEST.format("ind"),
        "SELECT ind, (SELECT MAX(age) FROM raw.user) AS n FROM raw.geo " + NEWEST.format("ind"),
        "SELECT ind FROM raw.geo WHERE ind IN (SELECT ind FROM raw.user) " + NEWEST.format("ind"),
        "SELECT ind FROM raw.geo " + NEWEST.format("ind") + " ORDER BY ind",
        "SELECT ind FROM raw.geo " + NEWEST.format("ind") + " LIMIT 5",
        "SELECT ind FROM raw.geo " + NEWEST.format("ind").replace("= 1", "<= 1"),
        "SELECT ind FROM raw.geo " + NEWEST.format("ind").replace("= 1", "= 2"),
        "SELECT ind FROM raw.geo " + NEWEST.format("ind").replace("ROW_NUMBER", "RANK"),
        "SELECT ind FROM raw.geo " + NEWEST.format("ind").replace(" DESC)", " ASC)"),
        "SELECT ind FROM raw.geo " + NEWEST.format("ind % 10"),
        "SELECT ind FROM raw.geo QUALIFY ROW_NUMBER() OVER (ORDER BY kafka_offset DESC) = 1",
    ],
)
def test_any_other_shape_is_replaced(tmp_path: Path, sql: str) -> None:
    model = tried(tmp_path, sql)
    assert (model.merge, model.source_keys) == (None, {})


def test_cleaned_models_are_merged_by_key_and_analytics_replaced(catalog: Catalog) -> None:
    assert {address: model.source_keys for address, model in catalog.models.items() if model.source_keys} == {
        "cleaned/pin": {"raw/pin": ("index",)},
        "cleaned/geo": {"raw/geo": ("ind",)},
        "cleaned/user": {"raw/user": ("ind",)},
        "cleaned/post": {"cleaned/pin": ("ind",), "cleaned/geo": ("ind",), "cleaned/user": ("ind",)},
    }
    assert list(catalog.models["cleaned/post"].source_keys) == ["cleaned/pin", "cleaned/geo", "cleaned/user"]


#: Tables to join: of one row per `ind`, of one per `number` and of one per day and place.
STORED = {
    "a": ("ind", "SELECT ind, country, latitude FROM raw.geo"),
    "b": ("ind", "SELECT ind, age, last_name AS country FROM raw.user"),
    "n": ("number", "SELECT `index` AS number, `index` AS ind, category FROM raw.pin"),
    "p": ("[day, place]", "SELECT ind AS day, country AS place, latitude FROM raw.geo"),
    "q": ("[town, date]", "SELECT last_name AS town, ind AS date, age FROM raw.user"),
}
A, B = "cleaned/a", "cleaned/b"


def joined(tmp_path: Path, sql: str, key: str = "ind") -> Model:
    """The model of this SQL, beside the stored tables."""
    folder = one_model(tmp_path, sql, HEADER.replace("key: ind", f"key: {key}"))
    for name, (its_key, select) in STORED.items():
        write(folder, f"cleaned/{name}.sql", HEADER.replace("key: ind", f"key: {its_key}") + select)
    return Catalog.load(with_models(folder)).models["cleaned/tried"]


@pytest.mark.parametrize(
    ("sql", "source_keys"),
    [
        ("SELECT a.ind, b.age FROM cleaned.a AS a JOIN cleaned.b AS b ON a.ind = b.ind", {A: ("ind",), B: ("ind",)}),
        (
            "SELECT a.ind, b.age FROM cleaned.a AS a INNER JOIN cleaned.b AS b ON b.ind = a.ind",
            {A: ("ind",), B: ("ind",)},
        ),
        (
            "SELECT b.ind, a.latitude FROM cleaned.b AS b LEFT OUTER JOIN cleaned.a AS a ON a.ind = b.ind",
            {B: ("ind",), A: ("ind",)},
        ),
        (
            "SELECT a.ind, b.age, n.category FROM cleaned.a AS a "
            "LEFT JOIN cleaned.n AS n ON n.number = a.ind INNER JOIN cleaned.b AS b ON a.ind = b.ind",
            {A: ("ind",), "cleaned/n": ("number",), B: ("ind",)},
        ),
        (
            "SELECT n.number AS ind, a.latitude FROM cleaned.n AS n LEFT JOIN cleaned.a AS a ON a.ind = n.number",
            {"cleaned/n": ("number",), A: ("ind",)},
        ),
        ("SELECT a.ind, b.age FROM cleaned.a LEFT JOIN cleaned.b ON a.ind = b.ind", {A: ("ind",), B: ("ind",)}),
        (
            "SELECT a.ind, CASE WHEN b.age > 17 THEN a.latitude END AS x, b.age * 2 AS y, UPPER(a.country) AS z "
            "FROM cleaned.a AS a LEFT JOIN cleaned.b AS b ON a.ind = b.ind",
            {A: ("ind",), B: ("ind",)},
        ),
    ],
    ids=["join", "inner", "left", "both", "renamed", "without aliases", "computed columns"],
)
def test_join_by_keys_is_merged(tmp_path: Path, sql: str, source_keys: dict[str, tuple[str, ...]]) -> None:
    model = joined(tmp_path, sql)
    assert model.merge is None
    assert list(model.source_keys.items()) == list(source_keys.items())


@pytest.mark.parametrize("rules", ["p.day = q.date AND p.place = q.town", "q.town = p.place AND q.date = p.day"])
def test_join_by_several_columns_is_in_the_order_of_the_key(tmp_path: Path, rules: str) -> None:
    sql = f"SELECT p.day, p.place AS spot, q.age FROM cleaned.p AS p JOIN cleaned.q AS q ON {rules}"
    for number, (key, *source_keys) in enumerate(
        [("[day, spot]", ("day", "place"), ("date", "town")), ("[spot, day]", ("place", "day"), ("town", "date"))]
    ):
        found = joined(tmp_path / str(number), sql, key).source_keys
        assert found == dict(zip(("cleaned/p", "cleaned/q"), source_keys, strict=True))


BY_KEY = "FROM cleaned.a AS a JOIN cleaned.b AS b ON a.ind = b.ind"
LEFT = BY_KEY.replace("JOIN", "LEFT JOIN")


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT a.ind {BY_KEY} WHERE b.age > 3",
        f"SELECT a.ind {BY_KEY} GROUP BY a.ind",
        f"SELECT DISTINCT a.ind {BY_KEY}",
        f"SELECT a.ind, COUNT(*) OVER () AS n {BY_KEY}",
        f"SELECT a.ind, 1 + MAX(b.age) OVER (PARTITION BY a.country) AS n {BY_KEY}",
        f"SELECT a.ind, COUNT(*) AS n {BY_KEY} GROUP BY ALL",
        f"SELECT a.ind, MAX(b.age) AS n {BY_KEY} GROUP BY a.ind HAVING MAX(b.age) > 3",
        f"SELECT a.ind, (SELECT MAX(number) FROM cleaned.n) AS n {BY_KEY}",
        f"SELECT a.ind, a.ind IN (SELECT number FROM cleaned.n) AS n {BY_KEY}",
        "SELECT a.ind FROM cleaned.a AS a JOIN (SELECT * FROM cleaned.b) AS b ON a.ind = b.ind",
        "SELECT a.ind FROM (SELECT * FROM cleaned.a) AS a JOIN cleaned.b AS b ON a.ind = b.ind",
        f"SELECT a.ind {BY_KEY} QUALIFY ROW_NUMBER() OVER (PARTITION BY a.ind ORDER BY b.age DESC) = 1",
        f"SELECT a.ind {BY_KEY} ORDER BY a.ind",
        f"SELECT a.ind {BY_KEY} LIMIT 5",
        f"SELECT a.ind {BY_KEY.replace('JOIN', 'RIGHT JOIN')}",
        f"SELECT a.ind {BY_KEY.replace('JOIN', 'FULL JOIN')}",
        f"SELECT a.ind {BY_KEY.replace('JOIN', 'LEFT SEMI JOIN')}",
        f"SELECT a.ind {BY_KEY.replace('JOIN', 'LEFT ANTI JOIN')}",
        "SELECT a.ind FROM cleaned.a AS a CROSS JOIN cleaned.b AS b",
        "SELECT a.ind FROM cleaned.a AS a, cleaned.b AS b",
        f"SELECT a.ind {BY_KEY} CROSS JOIN cleaned.n AS n",
        f"SELECT a.ind {BY_KEY} AND b.age > 3",
        f"SELECT a.ind {LEFT} AND b.age > 3",
        f"SELECT a.ind {BY_KEY} AND a.latitude > 3",
        f"SELECT a.ind {BY_KEY} AND a.country = b.country",
        f"SELECT a.ind {BY_KEY} AND a.latitude = b.ind",
        f"SELECT a.ind {BY_KEY} AND a.ind = b.age",
        "SELECT a.ind FROM cleaned.a AS a JOIN cleaned.b AS b ON a.ind = b.age AND a.ind = b.ind",
        f"SELECT a.ind {BY_KEY} OR a.country = b.country",
        f"SELECT a.ind {BY_KEY} AND a.ind IN (SELECT number FROM cleaned.n)",
        f"SELECT a.ind {BY_KEY.replace('= b.ind', '>= b.ind')}",
        f"SELECT a.ind {BY_KEY.replace('= b.ind', '= b.ind + 1')}",
        f"SELECT a.ind {BY_KEY.replace('= b.ind', '= b.age')}",
        "SELECT a.ind FROM cleaned.a AS a JOIN cleaned.n AS n ON a.ind = n.ind",
        f"SELECT a.ind {BY_KEY} JOIN cleaned.n AS n ON n.number = b.ind",
        "SELECT a.ind FROM cleaned.a AS a JOIN raw.user AS b ON a.ind = b.ind",
        "SELECT a.ind FROM raw.geo AS a JOIN cleaned.b AS b ON a.ind = b.ind",
        "SELECT a.ind FROM cleaned.a AS a JOIN cleaned.a AS b ON a.ind = b.ind",
        f"SELECT a.ind {BY_KEY} LEFT JOIN cleaned.b AS c ON a.ind = c.ind",
        f"SELECT b.ind {BY_KEY}",
        f"SELECT b.ind {LEFT}",
        f"SELECT a.ind + 0 AS ind {BY_KEY}",
        f"SELECT b.age AS ind, a.ind AS number {BY_KEY}",
        f"SELECT a.latitude AS ind {BY_KEY}",
        f"SELECT a.ind {BY_KEY} UNION ALL SELECT number FROM cleaned.n",
        f"WITH b AS (SELECT * FROM cleaned.b) SELECT a.ind {BY_KEY.replace('cleaned.b', 'b')}",
        f"WITH c AS (SELECT a.ind {BY_KEY}) SELECT ind FROM c",
        f"SELECT ind FROM (SELECT a.ind {BY_KEY})",
        f"WITH c AS (SELECT number FROM cleaned.n) SELECT a.ind {BY_KEY}",
        "SELECT a.ind FROM cleaned.a AS a",
    ],
)
def test_any_other_join_is_replaced(tmp_path: Path, sql: str) -> None:
    assert joined(tmp_path, sql).source_keys == {}


@pytest.mark.parametrize(
    ("sql", "key"),
    [
        ("SELECT p.day, p.place FROM cleaned.p AS p JOIN cleaned.q AS q ON p.day = q.date", "[day, place]"),
        ("SELECT p.day, p.place FROM cleaned.p AS p JOIN cleaned.b AS b ON p.day = b.ind", "[day, place]"),
        ("SELECT p.day, p.place FROM cleaned.p AS p JOIN cleaned.q AS q ON p.day = q.date AND p.place = q.town", "day"),
        ("SELECT a.ind FROM cleaned.a AS a JOIN cleaned.q AS q ON a.ind = q.date AND a.country = q.town", "ind"),
        (
            "SELECT p.day, q.town AS place FROM cleaned.p AS p "
            "JOIN cleaned.q AS q ON p.day = q.date AND p.place = q.town",
            "[day, place]",
        ),
        ("SELECT a.ind, b.age FROM cleaned.a AS a JOIN cleaned.b AS b ON a.ind = b.ind", "[ind, age]"),
    ],
    ids=[
        "of the tables",
        "of the first table",
        "of the model",
        "of the second table",
        "half of the second table",
        "and another column",
    ],
)
def test_join_by_a_part_of_a_key_is_replaced(tmp_path: Path, sql: str, key: str) -> None:
    assert joined(tmp_path, sql, key).source_keys == {}


def test_join_with_a_function_beside_it_is_replaced(tmp_path: Path) -> None:
    sql = HEADER + "SELECT a.ind FROM cleaned.a AS a JOIN cleaned.n AS n ON a.ind = n.number"
    folder = write(tmp_path / "models", "analytics/tried.sql", sql)
    for name in ("a", "n"):
        key, select = STORED[name]
        write(folder, f"cleaned/{name}.sql", HEADER.replace("key: ind", f"key: {key}") + select)
    by_key = Catalog.load(with_models(folder)).models["analytics/tried"].source_keys
    assert by_key == {A: ("ind",), "cleaned/n": ("number",)}
    write(folder, "analytics/tried.py", '"""Joined."""\ndef compute(cleaned_a, cleaned_n):\n    return cleaned_a\n')
    assert Catalog.load(with_models(folder)).models["analytics/tried"].source_keys == {}
