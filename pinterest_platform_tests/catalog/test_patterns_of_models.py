"""What patterns of the models cost on long texts: Java's, which Spark uses, go back where DuckDB's never do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

_PATTERN = re.compile(r"r'((?:[^']|'')*)'")
#: A class that is repeated without end, and what must follow it to the end of the text.
_REPEATED_TO_THE_END = re.compile(r"\](?:[+*]|\{[0-9]+,\})\\z")


def patterns() -> Iterator[tuple[str, str]]:
    for file in sorted(Path(str(files("pinterest_platform"))).glob("*/models/**/*.sql")):
        for pattern in set(_PATTERN.findall(file.read_text())):
            yield file.stem, pattern


@pytest.mark.parametrize(("model", "pattern"), [pytest.param(*each, id=f"{each[0]}-{each[1]}") for each in patterns()])
def test_no_repeat_begins_at_each_character_and_runs_to_the_end(model: str, pattern: str) -> None:
    """80 KB of blanks before another character took Java 71 seconds to trim by `[ ]+\\z`. A text is trimmed by what is
    taken out of it: from its first character that is no blank to its last."""
    for alternative in re.split(r"\|(?![^\[]*\])", pattern):
        assert alternative.startswith("^") or not _REPEATED_TO_THE_END.search(alternative), model
