"""The generated source has the shape of the course's database: figures against those measured there."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from itertools import groupby

import pytest

from pinterest_platform.pinterest.source.authors import Author, _timestamps
from pinterest_platform.pinterest.source.generator import category_blocks, generate
from pinterest_platform.pinterest.source.postings import Posting

ROWS = 11_154
SEED = 2


@pytest.fixture(scope="module")
def postings() -> list[Posting]:
    return list(generate(ROWS, SEED))


def column(postings: list[Posting], record: str, name: str) -> list:
    return [posting.record(record)[name] for posting in postings]


def share(values: list, condition) -> float:
    return sum(map(condition, values)) / len(values)


def test_positions_are_the_keys_of_all_three_rows(postings):
    assert [p.ind for p in postings] == list(range(ROWS))
    assert all(p.ind == p.pin[0] == p.geo[0] == p.user[0] for p in postings)


def test_categories_are_contiguous_blocks_at_the_measured_rows(postings):
    runs = [(category, len(list(rows))) for category, rows in groupby(column(postings, "pin", "category"))]
    assert runs == [
        ("art", 892), ("beauty", 746), ("christmas", 999), ("diy-and-crafts", 830), ("education", 862),
        ("event-planning", 749), ("finance", 786), ("home-decor", 861), ("mens-fashion", 852), ("quotes", 910),
        ("tattoos", 970), ("travel", 859), ("vehicles", 838),
    ]  # fmt: skip
    assert all(p.pin[10] == f"Local save in /data/{p.pin[11]}" for p in postings)


def test_other_sizes_have_proportional_blocks():
    for rows in (13, 1_000, 99_999):
        blocks = category_blocks(rows)
        assert [blocks[0][1], *(stop for _, _, stop in blocks)] == [start for _, start, _ in blocks] + [rows]
        assert abs((blocks[2][2] - blocks[2][1]) - rows * 999 / ROWS) <= 1


def test_an_author_is_one_place_and_one_poster(postings):
    authors = {p.user[1:] for p in postings}
    assert len(authors) == 5_307
    assert len({p.geo[2:] for p in postings}) == 5_307
    assert len({(p.user[1:], p.geo[2:], p.pin[4:6]) for p in postings}) == 5_307
    assert len({p.pin[4] for p in postings}) == 5_307


def test_few_authors_post_very_often(postings):
    posts = Counter(Counter(p.user[1:] for p in postings).values())
    assert (max(posts), posts[1], posts[2], posts[88]) == (244, 3_869, 640, 2)


def test_an_author_mostly_stays_in_one_category(postings):
    categories: dict = {}
    for p in postings:
        categories.setdefault(p.user[1:], Counter())[p.pin[11]] += 1
    five = [c for c in categories.values() if c.total() == 5]
    assert 0.7 < sum(max(c.values()) for c in five) / (5 * len(five)) < 0.95


def test_full_names_are_not_unique(postings):
    names = Counter(user[:2] for user in {p.user[1:] for p in postings})
    assert 100 <= sum(count > 1 for count in names.values()) <= 300


def test_ages(postings):
    ages = column(postings, "user", "age")
    assert (min(ages), max(ages)) == (20, 60)
    assert 0.16 < share(ages, lambda age: age == 20) < 0.24


def test_countries_are_all_there_and_very_unequal(postings):
    counts = sorted(Counter(column(postings, "geo", "country")).values(), reverse=True)
    assert len(counts) == 243
    assert 400 < counts[0] < 900
    assert sum(counts[:10]) > 2_300
    assert counts[121] < 45
    assert 2 <= counts[-1] < 15


def test_years_of_posts_are_the_measured_ones_exactly(postings):
    timestamps = column(postings, "geo", "timestamp")
    assert Counter(t[:4] for t in timestamps) == {
        "2017": 432, "2018": 2316, "2019": 2192, "2020": 2172, "2021": 2208, "2022": 1834,
    }  # fmt: skip
    assert min(timestamps) >= "2017-10-19 15:13:42"
    assert max(timestamps) <= "2022-10-19 17:54:26"


def test_years_of_joining(postings):
    joined = column(postings, "user", "date_joined")
    years = Counter(j[:4] for j in joined)
    assert set(years) == {"2015", "2016", "2017"}
    assert abs(years["2015"] - 4_507) < 500
    assert abs(years["2016"] - 4_791) < 500
    assert abs(years["2017"] - 1_856) < 250
    assert max(joined) <= "2017-10-20 10:44:26"


def test_nobody_posts_before_joining(postings):
    assert all(p.geo[1] >= p.user[4] for p in postings)


def test_not_even_those_who_join_when_the_first_have_posted():
    last = Author(("A", "B", 60, "2017-10-20 10:44:26"), (0.0, 0.0, "Peru"), "C", "1")
    timestamps = _timestamps(0, [last] * ROWS, SEED)
    assert min(timestamps) == "2017-10-20 10:44:26"


def test_follower_counts_are_texts_of_three_forms(postings):
    counts = column(postings, "pin", "follower_count")
    assert abs(share(counts, str.isdigit) - 0.18) < 0.03
    assert abs(share(counts, lambda c: c[-1] == "k") - 0.74) < 0.04
    assert abs(share(counts, lambda c: c[-1] == "M") - 0.08) < 0.03
    assert max(int(c[:-1]) for c in counts if c[-1] == "M") <= 15
    assert all(len(c) <= 3 for c in counts if c.isdigit())


@pytest.mark.parametrize(
    ("name", "placeholder", "among_3957"),
    [
        ("title", "No Title Data Available", 27),
        ("description", "No description available Story format", 295),
        ("description", "No description available", 61),
        ("description", "Untitled", 1),
        ("poster_name", "User Info Error", 27),
        ("follower_count", "User Info Error", 27),
        ("tag_list", "N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e", 57),
        ("image_src", "Image src error.", 92),
        ("image_src", None, 3),
        ("is_image_or_video", None, 3),
        ("is_image_or_video", "multi-video(story page format)", 295),
        ("is_image_or_video", "video", 115),
        ("downloaded", 0, 95),
    ],
)
def test_placeholders_and_nulls_are_as_frequent_as_in_real_pins(postings, name, placeholder, among_3957):
    expected = among_3957 / 3_957 * ROWS
    found = column(postings, "pin", name).count(placeholder)
    assert abs(found - expected) <= 4 * expected**0.5 + 2
    assert found > 0


def test_texts_are_as_awkward_as_real_ones(postings):
    titles, descriptions, posters = (column(postings, "pin", name) for name in ("title", "description", "poster_name"))
    assert 0.3 < share(descriptions, lambda d: d.endswith("…\u00a0")) < 0.42
    assert share(titles, lambda t: "\n" in t) > 0.0005
    assert share(posters, lambda p: p.endswith(" ")) > 0.01
    texts = "".join(titles + descriptions + posters)
    for kind, first, last in (
        ("emoji", 0x1F300, 0x1FAFF), ("Chinese or Japanese", 0x4E00, 0x9FFF), ("Korean", 0xAC00, 0xD7A3),
        ("mathematical bold", 0x1D400, 0x1D7FF), ("Cyrillic", 0x400, 0x4FF), ("Arabic", 0x600, 0x6FF),
    ):  # fmt: skip
        assert any(first <= ord(c) <= last for c in texts), kind
    assert "<b>" in texts
    assert "\\" in texts
    assert '"' in texts


def test_texts_repeat_as_seldom_as_real_ones(postings):
    assert len(set(column(postings, "pin", "title"))) > 0.85 * ROWS
    assert len(set(column(postings, "pin", "description"))) > 0.75 * ROWS
    assert len(set(column(postings, "pin", "tag_list"))) > 0.95 * ROWS


def test_identifiers_are_distinct_version_4(postings):
    identifiers = column(postings, "pin", "unique_id")
    assert len(set(identifiers)) == ROWS
    assert all((u := uuid.UUID(i)).version == 4 and u.variant == uuid.RFC_4122 for i in identifiers)


def test_a_pin_is_as_large_as_a_real_one(postings):
    sizes = [len(json.dumps(p.record("pin"), ensure_ascii=False).encode()) for p in postings]
    assert 700 < sum(sizes) / ROWS < 760
