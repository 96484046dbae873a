"""Values measured on the course's database of 11,154 rows, which the generator reproduces.

Only counts and bounds belong here. Words are in `vocabulary.py` and `names.py`. `authors.py` and `generator.py` use the
values.
"""

from __future__ import annotations

from typing import NamedTuple

ROWS = 11_154
AUTHORS = 5_307

#: Each category and its first row. Categories are contiguous blocks.
CATEGORY_STARTS = (
    ("art", 0),
    ("beauty", 892),
    ("christmas", 1638),
    ("diy-and-crafts", 2637),
    ("education", 3467),
    ("event-planning", 4329),
    ("finance", 5078),
    ("home-decor", 5864),
    ("mens-fashion", 6725),
    ("quotes", 7577),
    ("tattoos", 8487),
    ("travel", 9457),
    ("vehicles", 10316),
)

#: (posts, number of authors with that many posts), in descending order of posts.
POSTS_PER_AUTHOR = (
    (244, 1), (140, 1), (88, 2), (86, 2), (81, 1), (68, 1), (60, 1), (54, 1), (53, 1), (49, 1), (47, 1), (45, 2),
    (44, 1), (38, 1), (36, 1), (35, 3), (32, 1), (31, 1), (30, 1), (28, 3), (26, 1), (24, 4), (23, 1), (21, 3),
    (20, 3), (19, 5), (18, 7), (17, 1), (16, 5), (15, 6), (14, 8), (13, 8), (12, 9), (11, 11), (10, 25), (9, 22),
    (8, 35), (7, 36), (6, 65), (5, 88), (4, 156), (3, 272), (2, 640), (1, 3869),
)  # fmt: skip

#: Posts of the one author whose poster could not be read. All text in these rows is a placeholder.
UNREADABLE_POSTS = 88

#: (first second, last second, rows) of each year that has posts.
POST_YEARS = (
    ("2017-10-19 15:13:42", "2017-12-31 23:59:59", 432),
    ("2018-01-01 00:00:00", "2018-12-31 23:59:59", 2316),
    ("2019-01-01 00:00:00", "2019-12-31 23:59:59", 2192),
    ("2020-01-01 00:00:00", "2020-12-31 23:59:59", 2172),
    ("2021-01-01 00:00:00", "2021-12-31 23:59:59", 2208),
    ("2022-01-01 00:00:00", "2022-10-19 17:54:26", 1834),
)
JOINED_FIRST, JOINED_LAST = "2015-10-21 03:17:47", "2017-10-20 10:44:26"
AGE_FIRST, AGE_LAST = 20, 60

#: (share in ten thousandths, followers) of authors with one post: points of a piecewise linear curve. Authors with more
#: posts have more followers: the highest of several draws, one per post.
FOLLOWERS = (
    (0, 0), (300, 3), (600, 8), (900, 20), (1250, 46), (1900, 136), (2500, 243), (3400, 480), (4300, 1_000),
    (5200, 3_000), (5800, 5_500), (6900, 10_000), (7600, 18_500), (8200, 31_000), (8800, 65_000), (9400, 170_000),
    (9700, 400_000), (9935, 1_000_000), (9970, 3_000_000), (9995, 8_000_000), (10_000, 15_999_999),
)  # fmt: skip

NO_TITLE = "No Title Data Available"
NO_DESCRIPTION = "No description available"
STORY = "No description available Story format"
UNTITLED = "Untitled"
NO_USER = "User Info Error"
NO_TAGS = "N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e"
NO_IMAGE = "Image src error."
IMAGE, VIDEO, MULTI = "image", "video", "multi-video(story page format)"


class PinShape(NamedTuple):
    """The missing columns of a pin. `description` is the placeholder, or None for an individual text. `image` stands
    for a URL (True), the placeholder (False) or NULL (None)."""

    rows: int
    media: str | None
    description: str | None
    tags: bool
    image: bool | None


#: The combinations found among 3,957 pins, without the rows of the unreadable poster.
PIN_SHAPES = (
    PinShape(3464, IMAGE, None, True, True),
    PinShape(198, MULTI, STORY, True, True),
    PinShape(108, VIDEO, None, True, True),
    PinShape(65, MULTI, STORY, True, False),
    PinShape(57, IMAGE, NO_DESCRIPTION, True, True),
    PinShape(22, IMAGE, None, False, True),
    PinShape(5, MULTI, STORY, False, True),
    PinShape(4, VIDEO, NO_DESCRIPTION, True, True),
    PinShape(3, VIDEO, None, False, True),
    PinShape(3, None, None, True, None),
    PinShape(1, IMAGE, UNTITLED, True, True),
)
UNREADABLE_SHAPE = PinShape(27, MULTI, STORY, False, False)

#: (extension, rows) of image URLs.
EXTENSIONS = (("jpg", 2953), ("png", 568), ("webp", 18), ("gif", 5))
#: The share (in 1024ths) of individual descriptions that are cut off with an ellipsis and a no-break space.
CUT_DESCRIPTIONS = 405
