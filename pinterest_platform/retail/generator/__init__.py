"""Generates the six sources, with all their errors. The same seed and scale give the same bytes of tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from random import Random

from pinterest_platform.retail.generator import events, people, places, writing
from pinterest_platform.retail.generator.dice import bad_rows, scaled


@dataclass(frozen=True)
class Generated:
    """The number of rows of each source, by record."""

    rows: dict[str, int]


def generate(folder: Path, *, scale: float = 1.0, seed: int = 0) -> Generated:
    """Write `retail.sqlite`, `card_details.pdf`, `stores.jsonl`, `products.csv` and `date_details.json`.

    Scale 1 has the sizes of the real sources. A small scale keeps every kind of error.
    """
    dice = Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    users = people.users(dice, scale)
    cards = people.cards(dice, len(users))
    stores = places.stores(dice, scale)
    products = places.products(dice, scale)
    dates = events.dates(dice, scaled(120_123, scale))
    orders = events.orders(dice, dates, users, cards, stores, products)
    tables = {
        "users": bad_rows(dice, users, 21, 15, "index"),
        "cards": bad_rows(dice, cards, 11, 14),
        "stores": bad_rows(dice, stores, 3, 7, "index", keep_first=True),
        "products": bad_rows(dice, products, 4, 3, "index"),
        "dates": bad_rows(dice, dates, 15, 23),
        "orders": orders,
    }
    # The rows of a database have no order.
    dice.shuffle(tables["users"])
    writing.write_database(folder / "retail.sqlite", tables["users"], orders)
    writing.write_pdf(folder / "card_details.pdf", tables["cards"])
    writing.write_stores(folder / "stores.jsonl", tables["stores"])
    writing.write_products(folder / "products.csv", tables["products"])
    writing.write_dates(folder / "date_details.json", tables["dates"])
    return Generated({name: len(rows) for name, rows in tables.items()})
