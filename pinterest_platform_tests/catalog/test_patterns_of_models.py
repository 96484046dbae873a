"""What patterns of the models cost on long texts: Java's, which Spark uses, go back where DuckDB's never do."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

_PATTERN = re.compile(r"\br'((?:[^']|'')*)'")
#: A class that is repeated without end, and what must follow it to the end of the text.
_REPEATED_TO_THE_END = re.compile(r"\](?:[+*]|\{[0-9]+,\})\\z")


def is_slow(pattern: str) -> bool:
    alternatives = re.split(r"\|(?![^\[]*\])", pattern)
    return any(not each.startswith("^") and _REPEATED_TO_THE_END.search(each) for each in alternatives)


def test_no_repeat_begins_at_each_character_and_runs_to_the_end() -> None:
    """80 KB of blanks before another character took Java 71 seconds to trim by `[ ]+\\z`. A text is trimmed by what is
    taken out of it: from its first character that is no blank to its last."""
    assert is_slow(r"^[ ]+|[ ]+\z")
    models = sorted(Path(str(files("pinterest_platform"))).glob("*/models/**/*.sql"))
    patterns = [(file.name, pattern) for file in models for pattern in _PATTERN.findall(file.read_text())]
    assert len(patterns) > 50
    assert [each for each in patterns if is_slow(each[1])] == []
