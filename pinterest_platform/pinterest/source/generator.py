"""Generates the source: any number of postings with the shape of the course's database, the same for the same seed.

Memory use does not depend on the number of rows, and any part can be generated without the parts before it.
`profile.py` has the measured values, `authors.py` generates people and `texts.py` texts. `loading.py` stores the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from struct import iter_unpack

from pinterest_platform.pinterest.source import profile
from pinterest_platform.pinterest.source.authors import Author, cohort
from pinterest_platform.pinterest.source.dice import roll_bytes
from pinterest_platform.pinterest.source.postings import Posting
from pinterest_platform.pinterest.source.profile import PinShape
from pinterest_platform.pinterest.source.texts import POOL, Pools, pools
from pinterest_platform.posting.postings import Row

#: The URL of images that do not exist: `.example` is reserved.
_IMAGES = "https://i.pins.example/originals"
_THUMBNAILS = "https://i.pins.example/videos/thumbnails/originals"
#: Random bytes of a row: identifier, image, shape, extension, and seven choices from pools.
_DICE = "<16s16sII7H"
_DICE_BYTES = 54
_SHAPES = tuple(shape for shape in profile.PIN_SHAPES for _ in range(shape.rows))
_EXTENSIONS = tuple(extension for extension, rows in profile.EXTENSIONS for _ in range(rows))
_Dice = tuple[bytes, bytes, int, int, int, int, int, int, int, int, int]


def generate(rows: int, seed: int = 0, start: int = 0, stop: int | None = None) -> Iterator[Posting]:
    """Postings `start` to `stop` (exclusive, default `rows`) of a source of `rows` postings.

    The same arguments give the same postings on any machine. The postings depend on `rows`, because categories are
    contiguous blocks of the whole source.

    Raises:
        ValueError: not 0 <= start <= stop <= rows.
    """
    stop = rows if stop is None else stop
    if not 0 <= start <= stop <= rows:
        raise ValueError(f"start={start}, stop={stop}: must be 0 <= start <= stop <= rows={rows}")
    return _generate(rows, seed, start, stop)


def category_blocks(rows: int) -> list[tuple[str, int, int]]:
    """(category, first row, row after the last) of a source with `rows` rows, in order."""
    starts = [(2 * first * rows + profile.ROWS) // (2 * profile.ROWS) for _, first in profile.CATEGORY_STARTS]
    names = [name for name, _ in profile.CATEGORY_STARTS]
    return list(zip(names, starts, [*starts[1:], rows], strict=True))


def _generate(rows: int, seed: int, start: int, stop: int) -> Iterator[Posting]:
    blocks = category_blocks(rows)
    for number in range(start // profile.ROWS, -(-stop // profile.ROWS)):
        first = number * profile.ROWS
        length = min(profile.ROWS, rows - first)
        authors, timestamps = cohort(number, length, seed)
        dice: Sequence[_Dice] = list(iter_unpack(_DICE, roll_bytes(_DICE_BYTES * length, seed, "pins", number)))
        for category, block_start, block_stop in blocks:
            lower, upper = max(start, first, block_start), min(stop, first + length, block_stop)
            if lower >= upper:
                continue
            texts = pools(category, seed)
            part = slice(lower - first, upper - first)
            rows_of_block = zip(range(lower, upper), authors[part], timestamps[part], dice[part], strict=True)
            for index, author, timestamp, row_dice in rows_of_block:
                pin = _pin(index, category, author, row_dice, texts)
                yield Posting(index, pin, (index, timestamp, *author.place), (index, *author.user))


def _pin(index: int, category: str, author: Author, dice: _Dice, texts: Pools) -> Row:
    uuid, image, shape_draw, extension_draw, a, b, c, d, e, f, g = dice
    unreadable = author.poster == profile.NO_USER
    shape = profile.UNREADABLE_SHAPE if unreadable else _SHAPES[shape_draw * len(_SHAPES) >> 32]
    tags = texts.tags
    return (
        index,
        _uuid4(uuid.hex(), a >> 14),
        profile.NO_TITLE if unreadable else texts.title(a % POOL, b % POOL),
        shape.description or texts.description(c % POOL, d % POOL),
        author.poster,
        author.followers,
        f"{tags[e % POOL]},{tags[f % POOL]},{tags[g % POOL]}" if shape.tags else profile.NO_TAGS,
        shape.media,
        _image_source(shape, image.hex(), extension_draw),
        1 if shape.image else 0,
        f"Local save in /data/{category}",
        category,
    )


def _uuid4(digits: str, variant: int) -> str:
    """A version 4 identifier from 32 hexadecimal digits and a number below 4."""
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{'89ab'[variant]}{digits[17:20]}-{digits[20:]}"


def _image_source(shape: PinShape, digits: str, draw: int) -> str | None:
    if not shape.image:
        return None if shape.image is None else profile.NO_IMAGE
    path = f"{digits[:2]}/{digits[2:4]}/{digits[4:6]}/{digits}"
    if shape.media == profile.IMAGE:
        return f"{_IMAGES}/{path}.{_EXTENSIONS[draw * len(_EXTENSIONS) >> 32]}"
    return f"{_THUMBNAILS}/{path}.0000001.jpg"
