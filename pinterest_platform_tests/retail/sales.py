"""A few sales whose nine answers are known by hand."""

from __future__ import annotations

from pathlib import Path

from pinterest_platform_tests.retail.lakes import Retail, card, moment, order, portal, product, store, user

#: Number, kind, country, town and staff of each store; the portal beside them.
STORES = [
    (1, "Local", "GB", "Bath", "20"),
    (2, "Local", "GB", "Bath", "21"),
    (3, "Outlet", "GB", "Ash", "40"),
    (4, "Local", "DE", "Ulm", "30"),
    (5, "Outlet", "DE", "Jena", "A50"),
    (6, "Mall Kiosk", "US", "Troy", "5"),
    (7, "Local", "US", "Eden", "6"),
    (8, "Local", "US", "York", "7"),
    (9, "Local", "US", "Zion", "8"),
]
#: Store (0: the portal), product, quantity, and when.
SALES = [
    (0, 1, 3, "2010-01-31 23:59:59"),
    (0, 2, 1, "2010-01-31 23:59:59"),
    (1, 3, 1, "2010-12-31 23:59:50"),
    (3, 1, 1, "2011-01-01 00:00:00"),
    (4, 1, 2, "2011-01-01 00:00:01"),
    (5, 2, 1, "2011-01-01 00:00:03"),
    (6, 3, 1, "2012-02-29 12:00:00"),
]
PRICES = {1: "£0.10", 2: "£0.20", 3: "£33.00"}


def sold(root: Path) -> Retail:
    """A lake under `root` with these sales."""
    retail = Retail(root)
    shops = [
        store(n, store_type=kind, country_code=country, locality=town, staff_numbers=staff)
        for n, kind, country, town, staff in STORES
    ]
    sales = [
        order(
            n,
            product_code=product(what)["product_code"],
            product_quantity=str(quantity),
            store_code=(store(shop) if shop else portal())["store_code"],
        )
        for n, (shop, what, quantity, _) in enumerate(SALES)
    ]
    retail.load(
        users=[user()],
        cards=[card()],
        stores=[portal(), *shops],
        products=[product(n, product_price=price) for n, price in PRICES.items()],
        dates=[
            moment(n, year=at[:4], month=str(int(at[5:7])), day=str(int(at[8:10])), timestamp=at[11:])
            for n, (*_, at) in enumerate(SALES)
        ],
        orders=sales,
    )
    return retail
