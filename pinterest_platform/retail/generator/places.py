"""Stores and products."""

from __future__ import annotations

import unicodedata
from datetime import date
from itertools import pairwise
from random import Random

from pinterest_platform.retail.generator.dice import Row, day, each_at_most, other_forms, scaled, shares, uuid4

_TYPES = {
    "GB": {"Local": 152, "Super Store": 57, "Mall Kiosk": 27, "Outlet": 29},
    "DE": {"Local": 82, "Super Store": 27, "Mall Kiosk": 18, "Outlet": 14},
    "US": {"Local": 21, "Super Store": 5, "Mall Kiosk": 6, "Outlet": 2},
}
_STORES_AT_MOST = 14
_STAFF = {"Local": (20, 40), "Super Store": (61, 139), "Mall Kiosk": (4, 8), "Outlet": (40, 90)}
#: The number of localities, the parts of their names, and the approximate location of the country.
_LOCALITIES: dict[str, tuple[int, str, str, tuple[float, float], tuple[float, float]]] = {
    "GB": (38, "Ash Bram Cod Dun El Far Gold Hart", "ford ton ley bury worth", (50.8, 57.0), (-4.5, 1.0)),
    "DE": (
        46,
        "Alten Berg Christ Dornen Eber Frei Grün Hohen Itz Königs",
        "hausen bach feld heim tal",
        (48.0, 54.0),
        (7.0, 14.0),
    ),
    "US": (32, "Arrow Bay Clear Deer Elk Fair Glen", "wood view field port dale", (30.0, 47.0), (-120.0, -75.0)),
}
_CATEGORIES = {
    "homeware": 1_138,
    "toys-and-games": 257,
    "food-and-drink": 250,
    "pets": 93,
    "sports-and-leisure": 40,
    "health-and-beauty": 40,
    "diy": 28,
}
_EAN_DIGITS = {"13": 1_668, "12": 157, "11": 14, "10": 4, "17": 2, "14": 1}
_PRICES = (0.39, 1, 1.99, 2.5, 3, 4, 5, 7, 8, 10, 12, 12.99, 15, 16.99, 20, 22, 25, 30, 35, 45)
_WEIGHTS = {"kg": 954, "g": 835, "small": 18, "pack": 28, "ml": 9, "dot": 1, "oz": 1}
_ADJECTIVES = [
    "Small",
    "Large",
    "Blue",
    "Wooden",
    "Soft",
    "Bright",
    "Round",
    "Folding",
    "Classic",
    "Travel",
    "Deluxe",
    "Garden",
]
_THINGS = [
    "Lamp",
    "Puzzle",
    "Bowl",
    "Curtain",
    "Kettle",
    "Ball",
    "Brush",
    "Rack",
    "Blanket",
    "Basket",
    "Mug",
    "Cushion",
    "Ladder",
    "Tray",
]


def stores(dice: Random, scale: float) -> list[Row]:
    """The web portal, then the other stores."""
    kinds = {f"{code}:{kind}": count for code, types in _TYPES.items() for kind, count in types.items()}
    total = max(48, scaled(440, scale))
    chosen = shares(kinds, total)
    dice.shuffle(chosen)
    towns = {code: _in_towns(dice, code, sum(one.startswith(code) for one in chosen)) for code in _TYPES}
    rows = [_store(dice, one[:2], one[3:], towns[one[:2]].pop()) for one in chosen]
    codes = set[str]()
    for row in rows:
        while row["store_code"] in codes:
            row["store_code"] = f"{row['store_code'][:3]}{dice.getrandbits(32):08X}"
        codes.add(row["store_code"])
    european = [row for row in rows if row["continent"] == "Europe"]
    american = [row for row in rows if row["continent"] == "America"]
    for row in [*dice.sample(european, min(24, len(european) // 2)), *dice.sample(american, min(2, len(american)))]:
        row["continent"] = f"ee{row['continent']}"
    dirty = dice.sample(rows, 5)
    for row, staff in zip(dirty, ("J78", "30e", "80R", "A97", "3n9"), strict=True):
        row["staff_numbers"] = staff
    other_forms(dice, rows, "opening_date", 12)
    return [_PORTAL.copy(), *rows]


_PORTAL: Row = {
    **dict.fromkeys(("address", "longitude", "lat", "locality"), "N/A"),
    "store_code": "WEB-1388012W",
    "staff_numbers": "325",
    "opening_date": "2010-06-12",
    "store_type": "Web Portal",
    "latitude": None,
    "country_code": "GB",
    "continent": "Europe",
}


def _in_towns(dice: Random, code: str, stores: int) -> list[tuple[str, str, str]]:
    """The locality and position of each store. The source swaps the labels: `longitude` holds the latitude."""
    count, beginnings, ends, north, east = _LOCALITIES[code]
    names = [f"{begin}{end}" for end in ends.split() for begin in beginnings.split()][:count]
    towns = [(name, f"{dice.uniform(*north):.5f}", f"{dice.uniform(*east):.5f}") for name in names]
    # At large scales, a town has more stores.
    most = max(_STORES_AT_MOST, 2 * stores // count)
    return [towns[number] for number in each_at_most(dice, count, stores, most)]


def _store(dice: Random, code: str, kind: str, place: tuple[str, str, str]) -> Row:
    town, north, east = place
    street = f"Unit {dice.randrange(1, 200)}\n{dice.randrange(1, 90)} High Street"
    return {
        "address": f"{street}, {town}",
        "longitude": north,
        "lat": None,
        "locality": town,
        "store_code": f"{_ascii(town)[:2].upper()}-{dice.getrandbits(32):08X}",
        "staff_numbers": str(dice.randint(*_STAFF[kind])),
        "opening_date": day(dice, date(1993, 1, 26), date(2022, 10, 12)).isoformat(),
        "store_type": kind,
        "latitude": east,
        "country_code": code,
        "continent": "America" if code == "US" else "Europe",
    }


def products(dice: Random, scale: float) -> list[Row]:
    total = max(40, scaled(1_846, scale))
    categories, weights = shares(_CATEGORIES, total), shares(_WEIGHTS, total)
    removed = shares({"Still_avaliable": 1_752, "Removed": 94}, total)
    lengths = shares(_EAN_DIGITS, total)
    prices = ["£0.39", "£270.00", *(_price(dice) for _ in range(total - 2))]
    names = _names(dice, total)
    for values in (categories, weights, removed, lengths, prices, names):
        dice.shuffle(values)
    rows = []
    for number in range(total):
        length = int(lengths[number])
        letter, last = (dice.choice("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") for _ in range(2))
        rows.append(
            {
                "product_name": names[number],
                "product_price": prices[number],
                "weight": _weight(dice, weights[number]),
                "category": categories[number],
                "EAN": str(dice.randrange(10 ** (length - 1), 10**length)),
                "date_added": day(dice, date(1992, 12, 29), date(2022, 12, 13)).isoformat(),
                "uuid": uuid4(dice),
                "removed": removed[number],
                "product_code": f"{letter}{dice.randrange(10)}-{dice.randrange(10_000, 10_000_000)}{last}",
            }
        )
    other_forms(dice, rows, "date_added", 2)
    return rows


def _names(dice: Random, total: int) -> list[str]:
    """Product names. Slightly more than half of them are distinct."""
    known = [
        f"{first} {thing}, {pieces} pieces" for first in _ADJECTIVES for thing in _THINGS for pieces in range(1, 8)
    ]
    known = dice.sample(known, min(len(known), max(1, total * 1_018 // 1_846)))
    return [known[number] for number in each_at_most(dice, len(known), total, total)]


def _price(dice: Random) -> str:
    """A random price. Each interval between two of the `_PRICES` has a twentieth of the products."""
    low, high = dice.choice([*pairwise(_PRICES), (_PRICES[-1], None)])
    price = min(270.0, low + dice.expovariate(1 / 21)) if high is None else dice.uniform(low, high)
    return f"£{price:.2f}"


def _weight(dice: Random, kind: str) -> str:
    return {
        "kg": f"{dice.randrange(1, 400) / 10:g}kg",
        "g": f"{dice.randrange(5, 2_000)}g",
        "small": f"{dice.randrange(11, 40) / 10:.1f}g",
        "pack": f"{dice.randrange(2, 25)} x {dice.randrange(20, 500)}g",
        "ml": f"{dice.randrange(1, 20) * 50}ml",
        "dot": "77g .",
        "oz": "16oz",
    }[kind]


def _ascii(town: str) -> str:
    """The letters of a town without diacritics, because store codes are ASCII."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", town) if letter.isascii())
