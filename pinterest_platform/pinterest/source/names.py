"""Invented names of authors and posters. `authors.py` assigns them. `vocabulary.py` has the words of pins."""

from __future__ import annotations

_FIRST = """
Abril Adaeze Adela Aditi Agnes Aiko Akira Alba Aldo Alina Alma Alvin Amara Amelie Amir Anaïs Anders Anika Anouk Ansel
Anton Anya Arjun Arlo Arne Asha Astrid Atticus Aurel Aya Aziz Baptiste Bashir Bea Benedikt Benita Bettina Bianca Bilal
Birgit Bjørn Bram Branwen Brigid Bruna Caio Calista Camille Carys Casimir Cassia Celeste Cem Ceri Chiara Chidi Ciara
Clemens Clio Colette Conall Cora Corentin Cosima Cyrus Dafydd Dagny Dalia Dario Davor Deepa Delphine Demir Dimitri
Dina Dorian Dorotea Dunja Ebba Edda Eilidh Eino Ekon Elif Elio Elke Eluned Emeka Emil Emre Enno Enzo Erika Esme Esra
Estelle Etta Eun Ewan Fabio Fadila Farah Fergus Fern Fidel Filip Fiona Florin Freya Frida Gaia Gareth Gemma Georg
Gilda Giulia Goran Greta Gunnar Gwen Hadiza Haim Hana Hannes Haruki Hedda Heidi Helga Hugo Ida Idris Ifeoma Ignacio
Ilona Ilse Imani Imke Ines Inga Ioana Iris Isak Ishaan Ivana Ivo Jaap Jadwiga Jana Jarek Jasmin Jelena Joaquín Jolanda
Jonas Joos Jordi Jorunn José Josefa Juno Kaito Kalinda Kamala Karim Kasia Katya Keiko Kenji Kerstin Kiran Klara Knut
Kofi Lale Lamar Lars Leif Leila Lena Leocadia Levi Liesel Lilja Linus Livia Lorcan Lotte Lovro Luca Lucía Ludo Lumi
Maarten Mads Maeve Magnus Mahala Maja Malik Manon Marek Mariam Marisol Marta Matteo Maud Mehmet Meera Milan Milena Mina
Mirela Moana Nadia Naoki Naveen Nele Nia Niamh Nils Nina Noor Nuria Oda Odile Oisín Olga Oona Orla Oscar Oskar Otis
Paloma Pau Pavel Petra Pia Priya Quentin Rafael Ragna Rania Ravi Renata Rhys Rosa Runa Sami Sanna Saskia Selma Sigrid
Silas Siobhán Soren Stellan Sunniva Tamar Tariq Thea Tilda Tomasz Uma Ursula Vera Viggo Wanda Xenia Yara Yusuf Zofia
Zoë Łucja
"""
_LAST_STARTS = "Ald Ash Bar Bex Birch Bran Cald Cor Dun Elm Fair Fen Gal Hal Har Hol Kes Lang Mar Mor"
_LAST_ENDS = "berg borough bridge combe den er field ford gate ham hurst ley mere more son stead ton well wick wood"

_WARM_WORDS = """
Amber Autumn Blue Bold Brave Bright Candid Clever Coastal Copper Cosy Crafted Curious Dapper Daily Dear Early Easy
Endless Fancy Feather Fine First Frosted Gentle Golden Good Grand Happy Hazel Hidden Honest Humble Indigo Ivory Jolly
Kind Little Lively Lucky Lunar Maple Merry Mild Modern Nimble Noble Open Paper Patient Plain Plum Quiet Rustic Salted
Silver Simple Slow Small Sunny Velvet Wild Woven Young
"""
_THING_WORDS = """
Acorn Anchor Apron Arrow Attic Badger Bakery Barn Basket Bee Bell Bench Bicycle Bloom Boat Bower Branch Brook Button
Cabin Candle Canvas Canyon Cedar Clover Cottage Cove Daisy Door Dove Ember Fable Farm Fern Fig Finch Forge Fox Garden
Gate Harbor Hearth Heron Hill House Island Juniper Kettle Ladder Lantern Leaf Market Meadow Mill Moon Nest Oak Orchard
Pebble Pine Quill River Robin Thread
"""
_KIND_WORDS = """
Studio Diary Kitchen Workshop Journal Collective Living Blog Ideas Co. Atelier Press Story Supply Notes Daily
"""
_FORMATS = (
    "{} {} {}", "The {} {} {}", "My {} {} {}", "{} {} {} Shop", "{} {} {} - Easy Ideas", "{} {} {} | Home & Garden",
    "{} {} {} | DIY, Crafts & Simple Living", "{} {} {} | Travel, Food and Slow Mornings",
)  # fmt: skip

FIRST_NAMES = tuple(sorted(_FIRST.split()))
_WARM, _THINGS, _KINDS = (tuple(words.split()) for words in (_WARM_WORDS, _THING_WORDS, _KIND_WORDS))
LAST_NAMES = tuple(sorted(start + end for start in _LAST_STARTS.split() for end in _LAST_ENDS.split()))

_BOLD = {ord("A") + i: 0x1D5D4 + i for i in range(26)} | {ord("a") + i: 0x1D5EE + i for i in range(26)}
_BRANDS = len(_WARM) * len(_THINGS) * len(_KINDS) * len(_FORMATS)
_PEOPLE = len(FIRST_NAMES) * len(LAST_NAMES)
#: Primes, so that neighbouring numbers get dissimilar names and all names are distinct.
_BRAND_STEP, _PERSON_STEP = 314_606_869, 67_757


def poster_name(number: int, offset: int) -> str:
    """The display name of the poster with this number. Different numbers have different names.

    `offset` (0 or more) changes the assignment of names to numbers. Two in five are people, the others are brands. A
    few names end in a blank, or contain emoji, mathematical bold, Chinese, Japanese or Cyrillic letters.
    """
    group, place = divmod(number, 5)
    name = _person(2 * group + place, offset) if place < 2 else _brand(3 * group + place - 2, offset)
    return _decorated(name, number)


def _person(number: int, offset: int) -> str:
    round_, number = divmod(number, _PEOPLE)
    first, last = divmod((number * _PERSON_STEP + offset) % _PEOPLE, len(LAST_NAMES))
    initial = "" if round_ == 0 else f"{chr(64 + round_)}. " if round_ <= 26 else f"({round_}) "
    return f"{FIRST_NAMES[first]} {initial}{LAST_NAMES[last]}"


def _brand(number: int, offset: int) -> str:
    round_, number = divmod(number, _BRANDS)
    rest, warm = divmod((number * _BRAND_STEP + offset) % _BRANDS, len(_WARM))
    rest, thing = divmod(rest, len(_THINGS))
    form, kind = divmod(rest, len(_KINDS))
    name = _FORMATS[form].format(_WARM[warm], _THINGS[thing], _KINDS[kind])
    return name if round_ == 0 else f"{name} {round_ + 1}"


def _decorated(name: str, number: int) -> str:
    match (389 * number + 256) % 512:
        case slot if slot < 10:
            return f"{name} "
        case 10 | 11:
            return f"{name} 🌸"
        case 12 | 13:
            return f"{name} ❤️"
        case 14:
            return name.translate(_BOLD)
        case 15:
            return f"{name} 手帳"
        case 16:
            return f"Сад {name}"
        case 17:
            return f" {name}"
    return name
