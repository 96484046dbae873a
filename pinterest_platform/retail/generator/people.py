"""People and their cards."""

from __future__ import annotations

from datetime import date
from random import Random

from pinterest_platform.retail.generator.dice import Row, day, other_forms, scaled, shares, uuid4, words
from pinterest_platform.retail.generator.phones import phone

_COUNTRIES = {"GB": 9_371, "DE": 4_708, "US": 1_205}
_NAMES = {"GB": "United Kingdom", "DE": "Germany", "US": "United States"}
_FIRST = {
    "GB": [
        "Oliver",
        "Amelia",
        "George",
        "Isla",
        "Harry",
        "Ava",
        "Noah",
        "Lily",
        "Jack",
        "Freya",
        "Arthur",
        "Ivy",
        "Leo",
        "Grace",
        "Oscar",
        "Ella",
        "Henry",
        "Poppy",
    ],
    "DE": [
        "Jürgen",
        "Käthe",
        "Günther",
        "Bärbel",
        "Jörg",
        "Heike",
        "Lars",
        "Anke",
        "Götz",
        "Ute",
        "Björn",
        "Silke",
        "Uwe",
        "Antje",
        "Holger",
        "Änne",
        "Dirk",
        "Elke",
    ],
    "US": [
        "Ashley",
        "Tyler",
        "Megan",
        "Austin",
        "Brittany",
        "Kyle",
        "Morgan",
        "Dylan",
        "Kayla",
        "Cody",
        "Hunter",
        "Paige",
        "Chase",
        "Autumn",
        "Wyatt",
    ],
}
_LAST = {
    "GB": [
        "Smith",
        "Jones",
        "Taylor",
        "Brown",
        "Davies",
        "Evans",
        "Thomas",
        "Roberts",
        "Walker",
        "Wright",
        "Hughes",
        "Green",
        "Hall",
        "Wood",
        "Clarke",
    ],
    "DE": [
        "Müller",
        "Schäfer",
        "Köhler",
        "Jäger",
        "Weiß",
        "Groß",
        "Böhm",
        "Krüger",
        "Noack",
        "Döring",
        "Schmidt",
        "Becker",
        "Vogt",
        "Seidel",
        "Ebert",
    ],
    "US": [
        "Johnson",
        "Garcia",
        "Miller",
        "Martinez",
        "Anderson",
        "Hernandez",
        "Moore",
        "Jackson",
        "Perez",
        "Harris",
        "Ramirez",
        "Lewis",
        "Nelson",
    ],
}
_STREETS = {
    "GB": words("Mill lane, Station road, Church street, Victoria avenue, Green close, Park drive"),
    "DE": words("Gartenstraße, Bahnhofstr., Lindenallee, Schulweg, Mühlenring, Goetheplatz"),
    "US": words("Oak Street, Maple Avenue, Cedar Lane, Lake Drive, Hill Road, Sunset Boulevard"),
}
_TOWNS = {
    "GB": words("Bath, York, Leeds, Derby, Truro, Ripon, Wells, Perth"),
    "DE": words("Gießen, Köln, Münster, Lübeck, Jena, Fürth, Aachen, Görlitz"),
    "US": words("Austin, Boise, Dayton, Fresno, Tulsa, Omaha, Tampa, Reno"),
}
#: The count of each, the prefix of its numbers, and their lengths.
_PROVIDERS: dict[str, tuple[int, str, tuple[int, ...]]] = {
    "VISA 16 digit": (2_426, "4", (16,)),
    "JCB 16 digit": (2_403, "35", (16,)),
    "VISA 13 digit": (1_382, "4", (13,)),
    "JCB 15 digit": (1_363, "2131", (15,)),
    "VISA 19 digit": (1_349, "4", (19,)),
    "Diners Club / Carte Blanche": (1_312, "30", (14,)),
    "American Express": (1_297, "34", (15,)),
    "Maestro": (1_281, "60", (11, 12)),
    "Discover": (1_260, "6011", (16,)),
    "Mastercard": (1_211, "5", (16,)),
}


def users(dice: Random, scale: float) -> list[Row]:
    total = max(60, scaled(15_284, scale))
    codes = shares(_COUNTRIES, total)
    dice.shuffle(codes)
    rows = [_user(dice, code, number) for number, code in enumerate(codes)]
    british = [row for row in rows if row["country_code"] == "GB"]
    for row in dice.sample(british, min(6, len(british))):
        row["country_code"] = "GGB"
    for row in dice.sample(rows, min(42, total // 4)):
        row["email_address"] = row["email_address"].replace("@", "@@")
    other_forms(dice, rows, "date_of_birth", 27)
    other_forms(dice, rows, "join_date", 23)
    return rows


def _user(dice: Random, code: str, number: int) -> Row:
    first, last = dice.choice(_FIRST[code]), dice.choice(_LAST[code])
    born = day(dice, date(1938, 11, 23), date(2006, 11, 20))
    # As in the real table, one in twenty joined before birth.
    joined = day(dice, date(1992, 11, 21), date(2022, 11, 19))
    return {
        "first_name": first,
        "last_name": last,
        "date_of_birth": born.isoformat(),
        "company": f"{dice.choice(_LAST[code])} {'GmbH' if code == 'DE' else 'Ltd'}",
        "email_address": f"person{number}@example.{'de' if code == 'DE' else 'com'}",
        "address": _address(dice, code),
        "country": _NAMES[code],
        "country_code": code,
        "phone_number": phone(dice, code),
        "join_date": joined.isoformat(),
        "user_uuid": uuid4(dice),
    }


def _address(dice: Random, code: str) -> str:
    """An address of two lines, or of three or four in Britain."""
    street, town = dice.choice(_STREETS[code]), dice.choice(_TOWNS[code])
    house = f"{dice.randrange(1, 200)}{'/0' if code == 'DE' and dice.random() < 0.25 else ''}"
    code_of_post = str(dice.randrange(10_000, 99_999))
    if code != "GB":
        return f"{street} {house}\n{code_of_post} {town}"
    flat = [f"Flat {dice.randrange(1, 99)}"] if dice.random() < 0.5 else []
    return "\n".join([*flat, f"{house} {street}", town, f"{town[0]}{code_of_post[0]} {code_of_post[1]}AB"])


def cards(dice: Random, total: int) -> list[Row]:
    """One card per user. Numbers of 16 digits end in 0 and those of 19 digits in 0000, because a spreadsheet rounded
    them. Numbers with a question mark are text, so they were not rounded."""
    providers = shares({name: count for name, (count, _, _) in _PROVIDERS.items()}, total)
    dice.shuffle(providers)
    marks = {
        place: "?" * (number % 4 + 1) for number, place in enumerate(dice.sample(range(total), min(26, total // 2)))
    }
    numbers: dict[str, str] = {}
    too_short = 4
    while len(numbers) < total:
        provider = providers[len(numbers)]
        _, prefix, lengths = _PROVIDERS[provider]
        short = provider == "Maestro" and too_short > 0
        too_short -= short
        length = 9 if short else dice.choice(lengths)
        zeros = 0 if len(numbers) in marks else {16: 1, 19: 4}.get(length, 0)
        digits = length - len(prefix) - zeros
        numbers[f"{prefix}{dice.randrange(10**digits):0{digits}}{'0' * zeros}"] = provider
    rows = [
        {
            "card_number": f"{marks.get(place, '')}{number}",
            "expiry_date": f"{dice.randrange(1, 13):02}/{dice.randrange(22, 33)}",
            "card_provider": provider,
            "date_payment_confirmed": day(dice, date(1992, 11, 23), date(2022, 10, 26)).isoformat(),
        }
        for place, (number, provider) in enumerate(numbers.items())
    ]
    other_forms(dice, rows, "date_payment_confirmed", 8)
    return rows
