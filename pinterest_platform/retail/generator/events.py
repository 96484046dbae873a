"""Times of sales, and the orders made at these times."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

from pinterest_platform.retail.generator.dice import Row, each_at_most, uuid4

_FIRST, _LAST = datetime(1992, 11, 21, 22, 39, 42), datetime(2022, 11, 21, 23, 39, 29)
_PERIODS = ("Late_Hours", "Morning", "Midday", "Evening")
#: Thousands of sales per hour, in the order of the periods.
_AN_HOUR = (1, 2, 4, 13)
_TWICE = 14
_BY_TYPE = {"Local": 53_894, "Web Portal": 26_957, "Super Store": 18_779, "Mall Kiosk": 10_762, "Outlet": 9_731}
_QUANTITIES = [18, 20, 17, 14, 8, 7, 5, 4, 2.5, 1.6, 1.3, 1, 0.8, 0.6, 0.5]
_USER_AT_MOST = 21


def dates(dice: Random, total: int) -> list[Row]:
    """Times in random order, including the first and the last one. Some appear twice."""
    days = (_LAST - _FIRST).days
    hours = list(accumulate(_AN_HOUR[hour // 6] for hour in range(24)))
    moments = {_FIRST, _LAST}
    twice = min(_TWICE, total // 4)
    while len(moments) < total - twice:
        hour = dice.choices(range(24), cum_weights=hours)[0]
        seconds = hour * 3_600 + dice.randrange(3_600)
        midnight = _FIRST.replace(hour=0, minute=0, second=0) + timedelta(days=1 + dice.randrange(days - 1))
        moments.add(midnight + timedelta(seconds=seconds))
    chosen = sorted(moments)
    chosen += dice.sample(chosen, twice)
    dice.shuffle(chosen)
    return [
        {
            "timestamp": f"{moment:%H:%M:%S}",
            "month": str(moment.month),
            "year": str(moment.year),
            "day": str(moment.day),
            "time_period": _PERIODS[moment.hour // 6],
            "date_uuid": uuid4(dice),
        }
        for moment in chosen
    ]


def orders(
    dice: Random, dates: list[Row], users: list[Row], cards: list[Row], stores: list[Row], products: list[Row]
) -> list[Row]:
    """One order per time, in another order. With enough orders, each user, card, product and store appears."""
    total = len(dates)
    moments = [row["date_uuid"] for row in dates]
    dice.shuffle(moments)
    buyers = each_at_most(dice, len(users), total, _USER_AT_MOST)
    numbers = [int(row["card_number"].lstrip("?")) for row in cards]
    codes = _stores(dice, stores, total)
    goods = _each_once(dice, [row["product_code"] for row in products], total)
    quantities = dice.choices(range(1, 16), weights=_QUANTITIES, k=total)
    named = set(dice.sample(range(total), min(len(users), total)))
    rows = []
    for at in range(total):
        buyer = users[buyers[at]]
        rows.append(
            {
                "level_0": at,
                "index": at,
                "date_uuid": moments[at],
                "first_name": buyer["first_name"] if at in named else None,
                "last_name": buyer["last_name"] if at in named else None,
                "user_uuid": buyer["user_uuid"],
                "card_number": numbers[buyers[at]],
                "store_code": codes[at],
                "product_code": goods[at],
                "1": None,
                "product_quantity": quantities[at],
            }
        )
    return rows


def _stores(dice: Random, stores: list[Row], total: int) -> list[str]:
    found: list[str] = []
    whole = sum(_BY_TYPE.values())
    for kind, count in _BY_TYPE.items():
        codes = [row["store_code"] for row in stores if row["store_type"] == kind]
        found += _each_once(dice, codes, count * total // whole)
    found += [stores[0]["store_code"]] * (total - len(found))
    dice.shuffle(found)
    return found


def _each_once(dice: Random, values: list[str], total: int) -> list[str]:
    found = values[:total] + dice.choices(values, k=max(0, total - len(values)))
    dice.shuffle(found)
    return found
