"""Generates titles, descriptions and tags of invented pins: pools of text parts for each category, which rows combine.

The words are in `vocabulary.py`. `generator.py` decides which rows have a text.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from pinterest_platform.pinterest.source import vocabulary
from pinterest_platform.pinterest.source.dice import roll
from pinterest_platform.pinterest.source.profile import CUT_DESCRIPTIONS

#: Parts in a pool. A power of two, so that ten random bits select one.
POOL = 1024
#: The number of pins to which the counts of `vocabulary.ODD_TITLES` and `ODD_DESCRIPTIONS` refer.
_ODD_AMONG = 4000
#: A long description is cut off after this many characters, and ends in an ellipsis and a no-break space.
_CUT_AT, _CUT_END = 177, "…\u00a0"
_LONG_ENOUGH = 160


class Pools(NamedTuple):
    """Parts of the texts of one category, `POOL` of each.

    The first `odd_titles` and `odd_descriptions` of the starts are complete texts. The first `CUT_DESCRIPTIONS` of the
    description ends are too long, so their descriptions are cut off.
    """

    title_starts: Sequence[str]
    title_ends: Sequence[str]
    odd_titles: int
    description_starts: Sequence[str]
    description_ends: Sequence[str]
    odd_descriptions: int
    tags: Sequence[str]

    def title(self, start: int, end: int) -> str:
        """The title for two numbers below `POOL`, with 51 characters on average."""
        text = self.title_starts[start]
        return text if start < self.odd_titles else text + self.title_ends[end]

    def description(self, start: int, end: int) -> str:
        """The description for two numbers below `POOL`, with 140 characters on average and 179 at most."""
        text = self.description_starts[start]
        if start < self.odd_descriptions:
            return text
        text += self.description_ends[end]
        return text if len(text) <= _CUT_AT else text[:_CUT_AT] + _CUT_END


@lru_cache(maxsize=16)
def pools(category: str, seed: int) -> Pools:
    """The parts for one category and seed. The cache holds those of a whole source."""
    writer = _Writer(category, seed)
    odd_titles = writer.odd(vocabulary.ODD_TITLES)
    odd_descriptions = writer.odd(vocabulary.ODD_DESCRIPTIONS)
    starts = vocabulary.TITLE_STARTS.split("|")
    ends = vocabulary.TITLE_ENDS.split("|")
    return Pools(
        title_starts=odd_titles + [writer.fill(starts) + " " + writer.thing() for _ in range(POOL - len(odd_titles))],
        title_ends=[writer.fill(ends) for _ in range(POOL)],
        odd_titles=len(odd_titles),
        description_starts=odd_descriptions + [writer.sentence() for _ in range(POOL - len(odd_descriptions))],
        description_ends=[writer.ending(long=i < CUT_DESCRIPTIONS) for i in range(POOL)],
        odd_descriptions=len(odd_descriptions),
        tags=[",".join(writer.tag() for _ in range(3)) for _ in range(POOL)],
    )


class _Writer:
    """Fills patterns with things of one category. The draws depend only on the category and the seed."""

    def __init__(self, category: str, seed: int) -> None:
        self._things = vocabulary.THINGS[category].split("|")
        self._tag_starts = vocabulary.TAG_STARTS.split("|")
        self._sentences = vocabulary.SENTENCES.split("|")
        self._draws = iter(roll(40 * POOL, seed, "texts", category))

    def _pick(self, options: Sequence[str]) -> str:
        return options[next(self._draws) * len(options) >> 32]

    def thing(self) -> str:
        return self._pick(self._things)

    def fill(self, patterns: Sequence[str]) -> str:
        pattern, thing, other = self._pick(patterns), self.thing(), self.thing()
        number = 3 + (next(self._draws) * 98 >> 32)
        tag, tag2 = (words.replace(" ", "").lower() for words in (thing, other))
        return pattern.format(thing=thing, n=number, tag=tag, tag2=tag2)

    def odd(self, patterns: Sequence[tuple[int, str]]) -> list[str]:
        """The rare texts of a pool."""
        options = [pattern for count, pattern in patterns for _ in range(count)]
        return [self.fill(options) for _ in range(len(options) * POOL // _ODD_AMONG)]

    def sentence(self) -> str:
        text = self.fill(self._sentences)
        return text if text.startswith("#") or text[-1] in ".?!" else text + "."

    def ending(self, long: bool) -> str:
        """Usually a second sentence. For a description to be cut off, as many sentences as needed."""
        text = " " + self.sentence() if long or next(self._draws) >> 30 else ""
        while long and len(text) < _LONG_ENOUGH:
            text += " " + self.sentence()
        return text

    def tag(self) -> str:
        start, thing = self._pick(self._tag_starts), self.thing()
        form = next(self._draws) >> 30
        return thing if form == 0 else f"{start} {thing}" if form == 1 else f"{start} {thing.split()[-1]}"
