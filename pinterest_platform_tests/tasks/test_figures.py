"""What Dagster's pages show of rows: as they are, whatever their texts mean in Markdown."""

from __future__ import annotations

import re
from datetime import datetime
from html import unescape

import pytest
from markdown_it import MarkdownIt

from pinterest_platform.engines.contract import QueryResult
from pinterest_platform.tasks.figures import markdown

TABLE = re.compile(r"</?(?:table|thead|tbody|tr|t[hd])>")


@pytest.mark.parametrize(
    "text",
    [
        "![x](https://evil.example/x.png)",
        "[a link](https://evil.example)",
        "[a link][1]",
        "<img src=x onerror=alert(1)>",
        "<https://evil.example>",
        "&lt;b&gt; &#33;",
        "`code` **bold** _it_ ~~no~~ a | b \\| c \\",
        "# 1. - + * >",
        "\\![x](y)",
        "$x^2$ :smile: @someone ==mark==",
    ],
)
def test_a_text_is_only_shown(text: str) -> None:
    shown = markdown(QueryResult(("a_name_", text), ("", ""), [(text, 5), ([text], None)]))
    page = MarkdownIt().enable(["table", "strikethrough"]).render(shown)
    cells = [unescape(cell) for cell in TABLE.sub("\n", page).split("\n") if cell.strip()]
    assert cells == ["a_name_", text, text, "5", str([text])]


def test_an_address_is_no_link_by_itself() -> None:
    """GitHub's flavour makes links of these without any brackets."""
    shown = markdown(QueryResult(("a",), ("",), [("https://evil.example www.evil.example me@evil.example",)]))
    assert not re.search(r"https?:|www\.|\w@", shown)


def test_numbers_and_times_are_as_they_are() -> None:
    shown = markdown(QueryResult(("n",), ("",), [(-1.5,), (datetime(2020, 1, 2, 3, 4, 5),), (None,)]))
    assert shown.splitlines()[2:] == ["| -1.5 |", "| 2020-01-02 03:04:05 |", "|  |"]
