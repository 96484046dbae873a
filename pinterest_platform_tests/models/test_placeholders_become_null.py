"""What the source writes where it has nothing: a literal for each column, and white space in any text."""

from __future__ import annotations

import pytest

from pinterest_platform_tests.models.tables import Tables

TEXTS = (
    "unique_id",
    "title",
    "description",
    "poster_name",
    "tag_list",
    "is_image_or_video",
    "image_src",
    "save_location",
    "category",
)

#: Unicode's white space, and the ASCII separators that Java and Python take for it.
WHITE_SPACE = "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    chr(code) for code in range(0x2000, 0x200B)
)


@pytest.mark.parametrize(
    ("column", "literal"),
    [
        ("title", "No Title Data Available"),
        ("description", "No description available"),
        ("description", "No description available Story format"),
        ("description", "No description available\nof any kind"),
        ("description", "Untitled"),
        ("poster_name", "User Info Error"),
        ("poster_name", "User Info Error\xa0"),
        ("follower_count", "User Info Error"),
        ("tag_list", "N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e"),
        ("image_src", "Image src error."),
    ],
)
def test_literal_of_a_column_is_null_in_that_column(tables: Tables, column: str, literal: str) -> None:
    tables.add("raw/pin", [{column: literal}])
    [pin] = tables.cleaned("pin")
    assert pin[column] is None


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("title", "Untitled"),
        ("title", "no title data available"),
        ("title", "No Title Data Available for this"),
        ("description", "Untitled Poem"),
        ("description", "There is No description available"),
        ("description", "User Info Error"),
        ("poster_name", "User Info Errors"),
        ("tag_list", "N,o,T,a,g,s"),
        ("image_src", "Image src error"),
        ("save_location", "No Title Data Available"),
    ],
)
def test_anything_else_is_kept_as_typed(tables: Tables, column: str, text: str) -> None:
    tables.add("raw/pin", [{column: text}])
    [pin] = tables.cleaned("pin")
    assert pin[column] == text


@pytest.mark.parametrize("column", TEXTS)
def test_text_of_nothing_but_white_space_is_null(tables: Tables, column: str) -> None:
    blanks = ["", WHITE_SPACE, *WHITE_SPACE]
    tables.add("raw/pin", [{"index": i, column: blank} for i, blank in enumerate(blanks)])
    assert [pin[column] for pin in tables.cleaned("pin")] == [None] * len(blanks)


@pytest.mark.parametrize("column", sorted({*TEXTS} - {"poster_name"}))
def test_white_space_around_a_text_that_is_no_name_is_kept(tables: Tables, column: str) -> None:
    tables.add("raw/pin", [{column: f"\n{WHITE_SPACE}a b{WHITE_SPACE}"}])
    [pin] = tables.cleaned("pin")
    assert pin[column] == f"\n{WHITE_SPACE}a b{WHITE_SPACE}"


def test_country_of_nothing_but_white_space_is_null(tables: Tables) -> None:
    countries = [None, "", "\xa0", WHITE_SPACE, "Åland", " Chad "]
    tables.add("raw/geo", [{"ind": i, "country": country} for i, country in enumerate(countries)])
    assert [geo["country"] for geo in tables.cleaned("geo")] == [None, None, None, None, "Åland", " Chad "]


def test_null_stays_null(tables: Tables) -> None:
    tables.add("raw/pin", [dict.fromkeys(TEXTS) | {"follower_count": None}])
    [pin] = tables.cleaned("pin")
    assert {value for name, value in pin.items() if name != "ind"} == {None}


def test_text_of_any_script_is_kept(tables: Tables) -> None:
    title = "𝒍𝒖𝒄𝒉𝒊𝒊 ♡︎ 手工 <b>x</b> 👩‍🎨\nline\u200b'quoted' \\1 $1"
    tables.add("raw/pin", [{"title": title, "description": title, "poster_name": title, "tag_list": title}])
    [pin] = tables.cleaned("pin")
    assert {pin[c] for c in ("title", "description", "poster_name", "tag_list")} == {title}
