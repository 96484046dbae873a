"""A broken model file fails at load, with its name, the line and what is allowed; nothing is found out at run time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pinterest_platform.catalog import Catalog, ModelError
from pinterest_platform_tests.catalog.folders import HEADER, one_model, shipped, write
from pinterest_platform_tests.domains import with_models

GOOD = "SELECT ind FROM raw.geo"


def refusal(folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        Catalog.load(with_models(folder))
    error = caught.value
    assert str(error) == f"{error.file}:{error.line}: {error.reason}"
    assert re.match(r".+:\d+: ", str(error))
    return str(error)


# The SQL begins on line 4 of the file, behind the header of three.
@pytest.mark.parametrize(
    ("sql", "message"),
    [
        pytest.param(
            "SELECT ind\nFROM raw.geo WHERE (ind > 1\n", ":5: syntax error near `1`: Expecting )", id="bracket"
        ),
        pytest.param("SELECT ind ind ind\nFROM raw.geo", ":4: syntax error near `ind`", id="no comma"),
        pytest.param("SELECT ind FROM", ":4: syntax error near `FROM`: Expected table name", id="no table"),
        pytest.param(
            "SELECT ind\nFROM raw.geo\nWHERE country = 'Chad\n",
            ":6: cannot parse the SQL from here on",
            id="open quote",
        ),
        pytest.param("SELECT ind /* why\nFROM raw.geo", ":4: cannot parse the SQL from here on", id="open comment"),
        pytest.param("", ":4: 0 statements; exactly one query", id="empty"),
        pytest.param("SELECT ind FROM raw.geo;\nSELECT ind FROM raw.geo", ":4: 2 statements; exactly one", id="two"),
        pytest.param("DROP TABLE raw.geo", ":4: a DROP statement; only queries are allowed", id="no query"),
        pytest.param("SELECT ind\nFROM raw.geo\nWHERE nope > 1", ":6: column 'nope' is unknown", id="unknown column"),
        pytest.param("SELECT\n  g.nope\nFROM raw.geo AS g", ":5: column 'nope' is unknown", id="qualified column"),
        pytest.param("SELECT ind,\n  h.ind AS x\nFROM raw.geo AS g", ":5: column 'ind' is unknown", id="unknown alias"),
        pytest.param("SELECT ind\nFROM raw.geo, raw.user", ":4: column 'ind' is unknown or ambiguous", id="ambiguous"),
        pytest.param("SELECT ind FROM raw.geo AS a\nJOIN raw.user AS a", ":4: ambiguous columns", id="aliases"),
        pytest.param(
            "SELECT ind\nFROM raw.goe", ":5: table 'raw.goe' is not available here; did you mean raw.geo", id="table"
        ),
        pytest.param("SELECT ind\nFROM geo", ":5: table 'geo' is not available here: write <layer>.<name>", id="bare"),
        pytest.param(
            "SELECT ind FROM a.raw.geo", ":4: table 'a.raw.geo' is not available here: write", id="three parts"
        ),
        pytest.param("SELECT ind FROM\ncleaned.tried", ":5: circular dependency: cleaned/tried ->", id="itself"),
        pytest.param("SELECT *\nFROM raw.geo", ":4: SELECT * in the last SELECT; list the columns", id="star"),
        pytest.param("SELECT g.* FROM raw.geo AS g", ":4: SELECT * in the last SELECT", id="qualified star"),
        pytest.param(
            "SELECT ind FROM raw.geo UNION ALL\nSELECT * FROM raw.geo", ":5: SELECT * in the last", id="union star"
        ),
        pytest.param(
            "SELECT ind FROM raw.geo UNION ALL\nSELECT ind, 1 FROM raw.geo", ":5: the SELECTs of a UNION", id="union"
        ),
        pytest.param(
            "SELECT ind,\n  COUNT(*)\nFROM raw.geo", ":5: column 2 of the last SELECT has no name", id="no name"
        ),
        pytest.param(
            "SELECT ind,\n  country AS IND\nFROM raw.geo", ":5: two columns are named 'IND'", id="named twice"
        ),
        pytest.param("SELECT ind AS i FROM raw.geo", ":3: key 'ind' is not a column; the columns are i", id="no key"),
        pytest.param(
            "SELECT YEER(timestamp) AS ind FROM raw.geo", ":4: column 'ind' has the type unknown", id="function"
        ),
        pytest.param("SELECT NULL AS ind FROM raw.geo", ":4: column 'ind' has the type void", id="no type"),
        pytest.param("SELECT NOW() AS ind FROM raw.geo", ":4: column 'ind' has the type timestamp;", id="zoned"),
        pytest.param(
            "SELECT country AS ind FROM raw.geo\n"
            "QUALIFY ROW_NUMBER() OVER (PARTITION BY ind ORDER BY kafka_offset DESC) = 1",
            ":5: the query keeps one row for each (ind) of raw.geo, but the key is (ind)",
            id="merged by another key",
        ),
    ],
)
def test_sql_that_cannot_be_loaded(tmp_path: Path, sql: str, message: str) -> None:
    assert refusal(one_model(tmp_path, sql)).startswith(f"cleaned/tried.sql{message}")


@pytest.mark.parametrize(
    ("header", "message"),
    [
        pytest.param("", ":1: no header; the file must begin with comment lines", id="none"),
        pytest.param("\n" + HEADER, ":1: no header", id="not first"),
        pytest.param(HEADER.replace("-- owner: team:test\n", ""), ":1: the header has no 'owner'; it must", id="owner"),
        pytest.param("-- owner: x\n-- key: ind\n", ":1: the header has no 'description'", id="description"),
        pytest.param("-- description: x\n-- owner: x\n", ":1: the header has no 'key'", id="key"),
        pytest.param(HEADER + "-- tests: []\n", ":4: unknown header field 'tests'; allowed: description, ", id="field"),
        pytest.param(HEADER + "-- key: ind\n", ":4: 'key' is given twice", id="field twice"),
        pytest.param("-- description: of: what\n" + HEADER, ":1: the header is not YAML", id="yaml"),
        pytest.param("-- a model\n", ":1: the header is not a YAML mapping", id="text"),
        pytest.param("-- owner:\n-- description: x\n-- key: ind\n", ":1: 'owner' must be a non-empty text", id="empty"),
        pytest.param(HEADER.replace("ind", "{a: b}"), ":3: 'key' must be a non-empty text", id="key of another kind"),
        pytest.param(HEADER.replace("ind", "[]"), ":3: 'key' has no columns", id="key of nothing"),
        pytest.param(HEADER + "-- checks: ind > 1\n", ":4: expected `name: value` lines", id="checks without names"),
    ],
)
def test_header_that_cannot_be_read(tmp_path: Path, header: str, message: str) -> None:
    assert refusal(one_model(tmp_path, GOOD, header)).startswith(f"cleaned/tried.sql{message}")


@pytest.mark.parametrize(
    ("check", "message"),
    [
        ("ind >", "check 'c': syntax error"),
        ("ind > 'a", "check 'c': cannot parse it"),
        ("ind > 1 2", "check 'c': syntax error"),
        ("ind > 1; ind < 2", "check 'c': not a predicate"),
        ("ind > 1) OR (ind < 2", "check 'c': syntax error"),
        ("nope > 1", "check 'c': column 'nope' is unknown or ambiguous; cleaned/tried has ind"),
        ("ind", "check 'c': it is a bigint, not a boolean"),
        ("COUNT(*) > 1", "check 'c': a predicate sees only one row; write a query"),
        ("SUM(ind) OVER () > 1", "check 'c': a predicate sees only one row"),
        ("TRIM(ind) = ''", "check 'c': TRIM without characters"),
        ("SELECT nope FROM cleaned.tried", "check 'c': column 'nope' is unknown"),
        ("SELECT ind FROM", "check 'c': syntax error"),
        ("SELECT ind FROM cleaned.nope", "check 'c': table 'cleaned.nope' is not available here"),
        ("SELECT ind FROM raw.pin", "check 'c': table 'raw.pin' is not available here; did you mean raw.geo"),
        ("ind IN (SELECT ind FROM raw.user)", "check 'c': table 'raw.user' is not available here"),
        ("SELECT 1; SELECT 2", "check 'c': 2 statements"),
    ],
)
def test_check_that_cannot_run(tmp_path: Path, check: str, message: str) -> None:
    """Line 6 is where it begins. A check reads its own table and what that is made of: anything else may be stale."""
    header = f'{HEADER}-- checks:\n--   fine: ind > 0\n--   c: "{check}"\n'
    assert refusal(one_model(tmp_path, GOOD, header)).startswith(f"cleaned/tried.sql:6: {message}")


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ("-- checks:\n--   c: ind > 1\n--   c: ind > 2\n", ":6: 'c' is given twice"),
        ("-- checks:\n--   c: ind > 1\n-- warnings:\n--   c: ind > 2\n", ":7: check 'c' is given twice"),
        ("-- checks:\n--   key_unique: ind > 1\n", ":5: check 'key_unique' is implied by the key"),
        ("-- checks:\n--   c: [ind > 1]\n", ":5: 'c' must be a non-empty text"),
        ("-- checks:\n--   Bad Name: ind > 1\n", ":5: check 'Bad Name' is not lower_snake_case"),
    ],
)
def test_checks_are_named_once(tmp_path: Path, sections: str, message: str) -> None:
    assert refusal(one_model(tmp_path, GOOD, HEADER + sections)).startswith(f"cleaned/tried.sql{message}")


@pytest.mark.parametrize(
    "name", ["Users", "users-joined", "users joined", "2018_users", "_users", "users__joined", "üsers"]
)
def test_file_name_is_lower_snake_case(tmp_path: Path, name: str) -> None:
    message = refusal(one_model(tmp_path, GOOD, file=f"cleaned/{name}.sql"))
    assert f"cleaned/{name}.sql:1: {name!r} is not lower_snake_case" in message


@pytest.mark.parametrize("file", ["gold/tried.sql", "raw/tried.sql", "tried.sql", "cleaned/sub/tried.sql"])
def test_folder_is_a_layer(tmp_path: Path, file: str) -> None:
    message = refusal(one_model(tmp_path, GOOD, file=file))
    assert message.startswith(f"{file}:1: a model must be in one of the folders cleaned, analytics")


def test_cleaned_table_cannot_read_analytics(tmp_path: Path) -> None:
    folder = write(
        shipped(tmp_path), "cleaned/late.sql", HEADER + "SELECT post_year AS ind\nFROM analytics.users_joined_by_year"
    )
    message = "cleaned/late.sql:5: a cleaned table cannot read analytics.users_joined_by_year: data flows one way"
    assert refusal(folder).startswith(message)


def test_cycle_is_shown(tmp_path: Path) -> None:
    folder = shipped(tmp_path)
    for name, upstream in (("a", "b"), ("b", "c"), ("c", "a")):
        write(folder, f"analytics/{name}.sql", f"{HEADER}SELECT ind\nFROM analytics.{upstream}")
    message = refusal(folder)
    assert re.search(r"^analytics/[abc]\.sql:5: circular dependency: analytics/\w", message)
    shown = re.findall(r"analytics/([abc])(?= ->|;)", message)
    assert len(shown) == 4
    assert shown[0] == shown[-1]
    assert set(shown) == {"a", "b", "c"}


def test_file_that_is_not_utf8(tmp_path: Path) -> None:
    folder = one_model(tmp_path, GOOD)
    (folder / "cleaned" / "tried.sql").write_bytes(b"-- description: \xff\n")
    assert refusal(folder).startswith("cleaned/tried.sql:1: the file is not UTF-8")


def test_folder_without_models(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        assert refusal(folder).startswith(f"{folder.as_posix()}:1: no model files")
