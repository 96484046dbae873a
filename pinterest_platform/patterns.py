"""What texts may look like: regular expressions that mean the same everywhere, and the forms of dates.

A pattern is read by Python (`re`, with `re.ASCII`), by DuckDB (RE2, when lines are parsed) and by Spark (Java, when a
raw table is checked). `check_pattern` lets through what the three read alike. Which column has which pattern is
declared with the record, in `schemas`; the SQL that applies it is in `landing.fitting` and `catalog.raw`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

#: Characters that Unicode calls white space; what `Column.trim` takes off, on every engine.
WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"

#: A text that surely has no white space around it: its first and its last character are of ASCII.
BARE = r"[!-~]([\w\W]*[!-~])?"

#: RE2 repeats at most so often, nested repeats multiplied.
_MOST_REPEATS = 1_000
#: Characters a pattern describes, each repeat written out. RE2 gives up at some 40,000 and is slow long before.
_MOST_CHARACTERS = 4_000

_PUNCTUATION = r"\\[!-/:-@\[-^`{-~]"
_ESCAPE = rf"(?:\\[dwDWtnr]|{_PUNCTUATION})"
#: One character of a class, as which a range may begin or end.
_ONE = rf"(?:[^\\\[\]^-]|\\[tnr]|{_PUNCTUATION})"
_CLASS = rf"\[\^?(?:\\[dwDW]|{_ONE}(?:-{_ONE})?)+\]"
_TOKEN = re.compile(
    rf"(?P<character>{_ESCAPE}|{_CLASS}|[^\\\[\](){{}}*+?|^$.])"
    r"|(?P<repeat>[*+?]|\{(?P<least>[0-9]{1,4})(?P<to>,(?P<most>[0-9]{0,4}))?\})"
    r"|(?P<open>\((?:\?:|(?!\?)))|(?P<close>\))|(?P<or>\|)"
)
_DOUBLED = re.compile(r"&&|\|\||~~|--")

#: What to write in place of what is often tried.
_INSTEAD = {
    ".": r"the engines leave out different line ends; write a class, as [^\n], or \. for a full stop",
    "^": r"a pattern always matches the whole text; leave it out, or write \^ for the character",
    "$": r"a pattern always matches the whole text; leave it out, or write \$ for the character",
    "(?": "flags, names, and looking ahead or behind differ between the engines; only ( and (?: open a group",
    "[": r"close the class, and escape [ ] ^ and - in it where they are characters; write \[ for the character",
    r"\s": r"the engines differ in what white space is; name the characters, as [ \t]",
    r"\b": "the engines differ in what a word is; name the characters around it",
}


class PatternError(ValueError):
    """A pattern is not allowed; the message quotes it, says where and what to write instead."""


def check_pattern(pattern: str) -> None:
    r"""Let a pattern through if Python, RE2 and Java read it alike and none of them runs out of stack on it.

    Allowed are characters, `\d \w \D \W` (ASCII), `\t \n \r`, escaped punctuation, classes, groups, `|`, and the
    repeats `? * + {n} {n,} {n,m}`, of a group only those with an end.

    Raises:
        PatternError: it has anything else.
    """
    _Reader(pattern).read()


class _Reader:
    """Reads one pattern from left to right. Each method that reads a part gives how many characters it describes at
    most, repeats written out, and the largest product of nested repeats."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._at = 0

    def read(self) -> None:
        if not self._pattern:
            raise PatternError("the pattern is empty; leave it out where any text is allowed")
        if any(c < " " or "\ud800" <= c <= "\udfff" for c in self._pattern):
            raise self._error(r"it has a control character or half a character; write \t, \n or \r")
        size, _ = self._alternatives()
        if self._at < len(self._pattern):
            raise self._error(r"this ) closes no group; write \) for the character")
        if size > _MOST_CHARACTERS:
            raise self._error(
                f"it describes {size:,} characters, repeats written out; {_MOST_CHARACTERS:,} are allowed"
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
                raise self._error(f"repeats in one another come to {repeats:,}; {_MOST_REPEATS:,} are allowed")
        return size, repeats

    def _group(self, start: int) -> tuple[int, int]:
        inside = self._alternatives()
        if self._at == len(self._pattern):
            raise self._error(r"this ( is not closed; write \( for the character", start)
        self._at += 1
        return inside

    def _repeat(self, *, is_group: bool) -> int:
        """How often what stands before is repeated at most; 1 where it is not, or has no end."""
        if self._at == len(self._pattern) or not (token := self._token())["repeat"]:
            return 1
        self._at = token.end()
        least, most = int(token["least"] or 0), int(token["most"] or 0)
        if token[0] in ("*", "+") or (token["to"] and not token["most"]):
            if is_group:
                raise self._error(
                    f"{token[0]} repeats a group without an end, which may take Spark all its stack; "
                    "say how often at most, as {0,20}",
                    token.start(),
                )
            return max(least, 1)
        if token["to"] and most < least:
            raise self._error(f"{token[0]} ends before it begins", token.start())
        return max(least, most, 1)

    def _token(self) -> re.Match[str]:
        token = _TOKEN.match(self._pattern, self._at)
        rest = self._pattern[self._at :]
        if token is None:
            told = next((told for begin, told in _INSTEAD.items() if rest.startswith(begin)), None)
            raise self._error(told or "the engines differ here, or do not know it; escape punctuation by a backslash")
        if token["character"] and token[0].startswith("["):
            self._check_class(token[0])
        return token

    def _check_class(self, text: str) -> None:
        if doubled := _DOUBLED.search(text):
            raise self._error(f"{doubled[0]} in a class has a meaning of its own in Java; write it once, escaped")
        try:
            re.compile(text)
        except re.error as error:
            raise self._error(f"{text} is no class: {error.msg}") from error

    def _error(self, what: str, at: int | None = None) -> PatternError:
        position = self._at if at is None else at
        return PatternError(f"pattern {self._pattern!r}, position {position}: {what}")


# Forms of dates -------------------------------------------------------------------------------------------------------

#: Forms by the type that they are read as. MM and DD have two digits; Month is English, in full, its first letter
#: large; a clock may have up to six decimals.
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
    """The pattern of the texts that have one of these `FORMS` and name a real day of the years 0001 to 9999."""
    return "|".join(map(_form_pattern, forms))


def anchored(pattern: str) -> str:
    """The same for functions that look for a pattern anywhere in a text."""
    return rf"\A(?:{pattern})\z"


def _form_pattern(form: str) -> str:
    date, clock, _ = form.partition("HH:MM:SS")
    months = _NAMES if "Month" in date else _NUMBERS
    kinds = [*((_YEAR, month, day) for month, day in zip(months, _DAYS, strict=True)), (_LEAP_YEAR, months[2], "29")]
    token = "Month" if "Month" in date else "MM"
    days = [date.replace("YYYY", year).replace(token, month).replace("DD", day) for year, month, day in kinds]
    return f"({'|'.join(days)}){_CLOCK if clock else ''}"
