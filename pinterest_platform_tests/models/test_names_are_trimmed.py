"""Surrounding white space of posters and authors splits groups, so it is taken off: Unicode's, not only the blank."""

from __future__ import annotations

import sys

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pinterest_platform_tests.models.tables import Tables

names = st.lists(st.text(st.sampled_from("aé👩 \t\n\xa0\u2003\u3000\u200b.")), min_size=1, max_size=20)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(names)
@example(["a", " a", "a ", "\xa0a b\u3000", "a\n\nb", "a " * 200, ""])
def test_poster_name_is_what_python_strips_it_to(tables: Tables, typed: list[str]) -> None:
    tables.clear()
    tables.add("raw/pin", [{"index": i, "poster_name": name} for i, name in enumerate(typed)])
    assert [pin["poster_name"] for pin in tables.cleaned("pin")] == [name.strip() or None for name in typed]


def test_white_space_is_the_same_set_of_characters_as_pythons(tables: Tables) -> None:
    """All of Unicode at once: the class is spelled out in the model, so that it is the same on both engines."""
    # Every code point but the surrogates, which are no characters.
    characters = f"""(
        SELECT pin.* REPLACE (code AS "index", CHR(code::INTEGER) AS poster_name)
        FROM RANGE(1, {sys.maxunicode + 1}) AS t(code) LEFT JOIN raw.pin AS pin ON FALSE
        WHERE code NOT BETWEEN {0xD800} AND {0xDFFF}
    )"""
    cleaned = tables.catalog.models["cleaned/pin"].render("duckdb", lambda _: characters)
    blank = tables.connection.execute(f"SELECT ind FROM ({cleaned}) WHERE poster_name IS NULL").fetchall()
    assert {code for (code,) in blank} == {code for code in range(sys.maxunicode + 1) if chr(code).isspace()}


@pytest.mark.parametrize(
    ("first", "last", "user_name"),
    [
        ("Ada", "Byron", "Ada Byron"),
        (" Ada\xa0", "\tByron\n", "Ada Byron"),
        ("Mary  Ann", "de la Cruz", "Mary  Ann de la Cruz"),
        ("\u3000", "Byron", "Byron"),
        ("Ada", "", "Ada"),
        (" ", "\xa0", None),
    ],
)
def test_user_name_is_first_and_last_name_with_one_space(
    tables: Tables, first: str, last: str, user_name: str | None
) -> None:
    tables.add("raw/user", [{"first_name": first, "last_name": last}])
    [user] = tables.cleaned("user")
    assert user["user_name"] == user_name
