"""Patterns of texts: regular expressions that mean the same on every engine, and the forms of dates.

Three engines read a pattern: Python (`re` with `re.ASCII`), DuckDB (RE2, to parse lines) and Spark (Java, to check a
raw table). `check_pattern` accepts only constructs that mean the same to all three. `schemas` declares the pattern of a
column; `landing.fitting` and `catalog.raw` apply it in SQL.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

#: Unicode's white space characters. `Column.trim` removes them, on every engine.
WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"

#: A text that has no white space around it: its first and last characters are visible ASCII characters.
BARE = r"[!-~]([\w\W]*[!-~])?"

#: RE2's limit on repeats; nested repeats multiply.
_MOST_REPEATS = 1_000
#: Most characters that a pattern may describe, with repeats expanded. RE2 fails at about 40,000 and is slow before.
_MOST_CHARACTERS = 4_000

_PUNCTUATION = r"\\[!-/:-@\[-^`{-~]"
_ESCAPE = rf"(?:\\[dwDWtnr]|{_PUNCTUATION})"
#: One character of a class, which can begin or end a range.
_ONE = rf"(?:[^\\\[\]^-]|\\[tnr]|{_PUNCTUATION})"
_CLASS = rf"\[\^?(?:\\[dwDW]|{_ONE}(?:-{_ONE})?)+\]"
_TOKEN = re.compile(
    rf"(?P<character>{_ESCAPE}|{_CLASS}|[^\\\[\](){{}}*+?|^$.])"
    r"|(?P<repeat>[*+?]|\{(?P<least>[0-9]{1,4})(?P<to>,(?P<most>[0-9]{0,4}))?\})"
    r"|(?P<open>\((?:\?:|(?!\?)))|(?P<close>\))|(?P<or>\|)"
)
_DOUBLED = re.compile(r"&&|\|\||~~|--")

#: Advice for constructs that are not allowed.
_INSTEAD = {
    ".": r"the engines differ in which line ends it matches; write a class such as [^\n], or \. for a period",
    "^": r"a pattern always matches the whole text; leave it out, or write \^ for the character",
    "$": r"a pattern always matches the whole text; leave it out, or write \$ for the character",
    "(?": "flags, group names, lookahead and lookbehind differ between the engines; open groups with ( or (?:",
    "[": r"close the class, and escape literal [ ] ^ and - in it; write \[ for the character",
    r"\s": r"the engines define white space differently; list the characters, such as [ \t]",
    r"\b": "the engines define words differently; list the characters around it",
}


class PatternError(ValueError):
    """A pattern is not allowed. The message quotes it, with the position and what to write instead."""


def check_pattern(pattern: str) -> None:
    r"""Require that a pattern means the same to Python, RE2 and Java, and that none of them exhausts its stack.

    A pattern may contain characters, `\d \w \D \W` (ASCII), `\t \n \r`, escaped punctuation, classes, groups and `|`.
    It may contain the repeats `? * + {n} {n,} {n,m}`; a group needs a repeat with an upper limit.

    Raises:
        PatternError: it contains anything else.
    """
    _Reader(pattern).read()


class _Reader:
    """Reads one pattern from left to right. Each method that reads a part returns two numbers. These are the most
    characters that the part describes, with repeats expanded, and the largest product of nested repeats."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def read(self) -> None:
        if not self._pattern:
            raise PatternError("the pattern is empty; leave it out to allow any text")
        if any(c < " " or "\ud800" <= c <= "\udfff" for c in self._pattern):
            raise self._error(r"it contains a control character or a lone surrogate; write \t, \n or \r")
        size, _ = self._alternatives()
        if self._at < len(self._pattern):
            raise self._error(r"this ) does not close a group; write \) for the character")
        if size > _MOST_CHARACTERS:
            raise self._error(
                f"it describes {size:,} characters with its repeats; at most {_MOST_CHARACTERS:,} are allowed"
            )

    def _alternatives(self) -> tuple[int, int]:
        size, repeats = 0, 1
        while self._at < len(self._pattern):
            token = self._token()
            if token["close"]:
                break
            self._at = token.end()
            if token["or"]:
                continue
            if token["repeat"]:
                raise self._error(f"{token[0]} repeats nothing; write \\{token[0][0]} for the character", token.start())
            part, inner = (1, 1) if token["character"] else self._group(token.start())
            times = self._repeat(is_group=bool(token["open"]))
            size, repeats = size + part * times, max(repeats, inner * times)
            if repeats > _MOST_REPEATS:
                raise self._error(f"nested repeats multiply to {repeats:,}; at most {_MOST_REPEATS:,} are allowed")
        return size, repeats

    def _group(self, start: int) -> tuple[int, int]:
        inside = self._alternatives()
        if self._at == len(self._pattern):
            raise self._error(r"this ( is not closed; write \( for the character", start)
        self._at += 1
        return inside

    def _repeat(self, *, is_group: bool) -> int:
        """The most repeats of the part before; 1 if it is not repeated, or without limit."""
        if self._at == len(self._pattern) or not (token := self._token())["repeat"]:
            return 1
        self._at = token.end()
        least, most = int(token["least"] or 0), int(token["most"] or 0)
        if token[0] in ("*", "+") or (token["to"] and not token["most"]):
            if is_group:
                raise self._error(
                    f"{token[0]} repeats a group without limit, which can exhaust Spark's stack; "
                    "set a limit, such as {0,20}",
                    token.start(),
                )
            return max(least, 1)
        if token["to"] and most < least:
            raise self._error(f"{token[0]} has a maximum below its minimum", token.start())
        return max(least, most, 1)

    def _token(self) -> re.Match[str]:
        token = _TOKEN.match(self._pattern, self._at)
        rest = self._pattern[self._at :]
        if token is None:
            told = next((told for begin, told in _INSTEAD.items() if rest.startswith(begin)), None)
            raise self._error(told or "the engines differ here, or do not support it; escape punctuation with \\")
        if token["character"] and token[0].startswith("["):
            self._check_class(token[0])
        return token

    def _check_class(self, text: str) -> None:
        if doubled := _DOUBLED.search(text):
            raise self._error(f"{doubled[0]} in a class has a special meaning in Java; write it once, escaped")
        try:
            re.compile(text)
        except re.error as error:
            raise self._error(f"{text} is not a valid class: {error.msg}") from error

    def _error(self, what: str, at: int | None = None) -> PatternError:
        position = self._at if at is None else at
        return PatternError(f"pattern {self._pattern!r}, position {position}: {what}")


# Forms of dates -------------------------------------------------------------------------------------------------------

#: Forms by the type that they are parsed to. MM and DD have two digits. Month is the full English name, capitalized.
#: A time of day may have up to six decimals.
FORMS: Mapping[str, tuple[str, ...]] = {
    "date": ("YYYY-MM-DD", "YYYY/MM/DD", "YYYY Month DD", "Month YYYY DD"),
    "timestamp_ntz": ("YYYY-MM-DD HH:MM:SS", "YYYY-MM-DDTHH:MM:SS", "YYYY:MM:DD HH:MM:SS"),
}

_CLOCK = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?"
_YEAR = "([0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
_LEAP_YEAR = "([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)"
#: Months of 31 days, of 30 days, and February.
_NUMBERS = ("(0[13578]|1[02])", "(0[469]|11)", "02")
_NAMES = ("(January|March|May|July|August|October|December)", "(April|June|September|November)", "February")
_DAYS = ("(0[1-9]|[12][0-9]|3[01])", "(0[1-9]|[12][0-9]|30)", "(0[1-9]|1[0-9]|2[0-8])")


def forms_pattern(forms: Iterable[str]) -> str:
    """The pattern of texts that have one of these `FORMS` and name a valid day in the years 0001 to 9999."""
    return "|".join(map(_form_pattern, forms))


def anchored(pattern: str) -> str:
    """The pattern for functions that search it anywhere in a text."""
    return rf"\A(?:{pattern})\z"


def _form_pattern(form: str) -> str:
    date, clock, _ = form.partition("HH:MM:SS")
    months = _NAMES if "Month" in date else _NUMBERS
    kinds = [*((_YEAR, month, day) for month, day in zip(months, _DAYS, strict=True)), (_LEAP_YEAR, months[2], "29")]
    token = "Month" if "Month" in date else "MM"
    days = [date.replace("YYYY", year).replace(token, month).replace("DD", day) for year, month, day in kinds]
    return f"({'|'.join(days)}){_CLOCK if clock else ''}"
