"""Values that were read wrongly elsewhere, and what they are here; and values that no column takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pinterest_platform_tests.retail.lakes import Row, card, moment, portal, product, store, user, uuid

#: How a row of each source is made, its table and its key.
SOURCES: Mapping[str, tuple[Callable[..., Row], str, str]] = {
    "users": (user, "dim_users", "user_uuid"),
    "cards": (card, "dim_card_details", "card_number"),
    "stores": (store, "dim_store_details", "store_code"),
    "products": (product, "dim_products", "product_code"),
    "dates": (moment, "dim_date_times", "date_uuid"),
}

_CASES: list[tuple[str, dict[str, str | None], dict[str, Any]]] = [
    # Dates in four forms, and no day taken for a month.
    ("users", {"date_of_birth": "1938-11-02"}, {"date_of_birth": date(1938, 11, 2)}),
    ("users", {"date_of_birth": "1968/10/16"}, {"date_of_birth": date(1968, 10, 16)}),
    ("users", {"date_of_birth": "1951 January 27"}, {"date_of_birth": date(1951, 1, 27)}),
    ("users", {"date_of_birth": "November 1958 11"}, {"date_of_birth": date(1958, 11, 11)}),
    ("users", {"date_of_birth": "May 2004 29"}, {"date_of_birth": date(2004, 5, 29)}),
    ("users", {"join_date": "2004 February 29"}, {"join_date": date(2004, 2, 29)}),
    ("users", {"join_date": "\u00a02018/12/01\n"}, {"join_date": date(2018, 12, 1)}),
    ("cards", {"date_payment_confirmed": "December 2021 17"}, {"date_payment_confirmed": date(2021, 12, 17)}),
    ("cards", {"date_payment_confirmed": "2017/05/15"}, {"date_payment_confirmed": date(2017, 5, 15)}),
    ("stores", {"opening_date": "October 2006 04"}, {"opening_date": date(2006, 10, 4)}),
    ("stores", {"opening_date": "2001 May 04"}, {"opening_date": date(2001, 5, 4)}),
    ("products", {"date_added": "September 2017 06"}, {"date_added": date(2017, 9, 6)}),
    # Text as it is, but for the space around it.
    ("users", {"first_name": " \u00a0Jos\u00e9\t"}, {"first_name": "Jos\u00e9"}),
    ("users", {"address": "Zimmerstr. 1/0\n59015 Gie\u00dfen "}, {"address": "Zimmerstr. 1/0\n59015 Gie\u00dfen"}),
    ("users", {"address": "true"}, {"address": "true"}),
    ("users", {"first_name": "N" * 255, "last_name": "\U0001f600" * 255}, {"first_name": "N" * 255}),
    ("users", {"company": "NULL", "phone_number": " N/A "}, {"company": None, "phone_number": None}),
    (
        "users",
        {"company": "null", "phone_number": "(00318) 26450"},
        {"company": "null", "phone_number": "(00318) 26450"},
    ),
    ("users", {"email_address": "ada@@babbage.uk"}, {"email_address": "ada@babbage.uk"}),
    ("users", {"email_address": None, "address": ""}, {"email_address": None, "address": None}),
    ("users", {"country_code": "GGB"}, {"country_code": "GB"}),
    ("users", {"user_uuid": uuid(0xABCDEF).upper()}, {"user_uuid": uuid(0xABCDEF)}),
    # Cards: no number is dropped for its length, its check digit or its marks, and none goes through a double.
    ("cards", {"card_number": "????344132437598598"}, {"card_number": "344132437598598"}),
    ("cards", {"card_number": "604691111", "card_provider": "Maestro"}, {"card_number": "604691111"}),
    ("cards", {"card_number": "4971858637664481001"}, {"card_number": "4971858637664481001"}),
    ("cards", {"card_number": "0012345678"}, {"card_number": "0012345678"}),
    ("cards", {"card_provider": "Diners Club / Carte Blanche"}, {"card_provider": "Diners Club / Carte Blanche"}),
    # Stores: swapped labels, letters among the staff, the portal whole.
    ("stores", {}, {"longitude": -0.74934, "latitude": 51.62907}),
    ("stores", {"longitude": "N/A"}, {"longitude": -0.74934, "latitude": None}),
    ("stores", {"latitude": None, "lat": "13.4"}, {"longitude": 13.4, "latitude": 51.62907}),
    ("stores", {"latitude": "1e-05", "lat": "13.4"}, {"longitude": 0.00001}),
    *(
        ("stores", {"staff_numbers": told}, {"staff_numbers": staff})
        for told, staff in {"J78": 78, "30e": 30, "80R": 80, "A97": 97, "3n9": 39, "32767": 32767}.items()
    ),
    ("stores", {"continent": "eeEurope"}, {"continent": "Europe"}),
    ("stores", {"continent": "eeAmerica", "country_code": "US"}, {"continent": "America"}),
    (
        "stores",
        {**portal()},
        {"store_code": "WEB-1388012W", "address": None, "locality": None, "longitude": None, "latitude": None},
    ),
    # Products: prices and weights exact, codes in their own case.
    ("products", {"product_price": "£0.39"}, {"product_price": Decimal("0.39")}),
    ("products", {"product_price": "270"}, {"product_price": Decimal("270.00")}),
    *(
        ("products", {"weight": told}, {"weight": Decimal(kilograms), "weight_class": kind})
        for told, kilograms, kind in (
            ("1.6kg", "1.6", "Light"),
            ("1.999999kg", "1.999999", "Light"),
            ("2kg", "2", "Mid_Sized"),
            ("40kg", "40", "Heavy"),
            ("1160kg", "1160", "Truck_Required"),
            ("140kg", "140", "Truck_Required"),
            ("590g", "0.59", "Light"),
            ("1.2g", "0.0012", "Light"),
            ("0.0005g", "0.000001", "Light"),
            ("0.0004g", "0", "Light"),
            ("12 x 100g", "1.2", "Light"),
            ("3 x 132g", "0.396", "Light"),
            ("100ml", "0.1", "Light"),
            ("77g .", "0.077", "Light"),
            ("16oz", "0.453592", "Light"),
            ("99999.999999oz", "2834.952312", "Truck_Required"),
            ("9999.999999kg", "9999.999999", "Truck_Required"),
            ("999 x 9999.999999g", "9989.999999", "Truck_Required"),
        )
    ),
    ("products", {"removed": "Still_avaliable"}, {"still_available": True}),
    ("products", {"removed": "Still_available"}, {"still_available": True}),
    ("products", {"removed": "Removed"}, {"still_available": False}),
    ("products", {"EAN": "00123456789012345"}, {"EAN": "00123456789012345"}),
    ("products", {"product_code": "r7-3126933H"}, {"product_code": "r7-3126933H"}),
    ("products", {"product_code": "R7-3126933h"}, {"product_code": "R7-3126933h"}),
    # Moments.
    (
        "dates",
        {"year": "2008", "month": "2", "day": "29", "timestamp": "00:00:00"},
        {"year": "2008", "month": "2", "day": "29", "date_time": datetime(2008, 2, 29)},
    ),
    ("dates", {"month": "09", "day": "05"}, {"month": "9", "day": "5", "date_time": datetime(2012, 9, 5, 22, 0, 6)}),
]

#: Source, a row of it with a key of its own, and what its table has of it.
CASES: list[tuple[str, Row, dict[str, Any]]] = [
    (source, SOURCES[source][0](number, **fields), wanted)
    for number, (source, fields, wanted) in enumerate(_CASES, start=100)
]

_TOKEN = "KBTI7FI7Y3"
#: Source, what a row of it has, and the reason for which it is rejected.
BAD: list[tuple[str, dict[str, str | None], str]] = [
    ("users", {"first_name": None}, "first_name: missing or null, and it is required"),
    ("users", {"first_name": " NULL "}, "first_name: ••• counts as null, and it is required"),
    ("users", {"last_name": "x" * 256}, "is not a text of at most 255 characters"),
    ("users", {"country": "France"}, 'country: "France" is not "United Kingdom", "Germany" or "United States"'),
    ("users", {"country_code": "gb"}, 'country_code: "gb" is not "GB", "DE", "US" or "GGB"'),
    ("users", {"date_of_birth": "2001-02-29"}, "date_of_birth: ••• is not a date of the form"),
    ("users", {"join_date": "29/02/2004"}, 'join_date: "29/02/2004" is not a date of the form'),
    ("users", {"user_uuid": _TOKEN}, f'user_uuid: "{_TOKEN}" is not a UUID'),
    ("cards", {"card_number": "1234567"}, "is not a card number"),
    ("cards", {"card_number": "4.97185863766448e+18"}, "is not a card number"),
    ("cards", {"expiry_date": "13/26"}, 'expiry_date: "13/26" is not a month of the form MM/YY'),
    ("cards", {"card_provider": "VISA"}, 'card_provider: "VISA" is not'),
    ("stores", {"latitude": "180.5"}, 'latitude: "180.5" is not degrees east, a number from -180 to 180'),
    ("stores", {"longitude": "91"}, 'longitude: "91" is not degrees north, a number from -90 to 90'),
    ("stores", {"store_code": "hi-9B97EE4E"}, "is not a store code"),
    ("stores", {"staff_numbers": "A"}, 'staff_numbers: "A" is not a whole number from 0 to 32767'),
    ("stores", {"staff_numbers": "32768"}, 'staff_numbers: "32768" is not a whole number'),
    ("stores", {"staff_numbers": "3.5"}, 'staff_numbers: "3.5" is not a whole number'),
    ("stores", {"store_type": "Kiosk"}, 'store_type: "Kiosk" is not'),
    ("stores", {"continent": "Asia"}, 'continent: "Asia" is not'),
    ("products", {"product_price": "£1.234"}, "is not a price"),
    ("products", {"product_price": "$1.23"}, "is not a price"),
    ("products", {"weight": "12 x 10000kg"}, "is not a weight below 10,000 kg"),
    ("products", {"weight": "heavy"}, "is not a weight"),
    ("products", {"EAN": "4.87e+11"}, "is not 1 to 17 digits"),
    ("products", {"removed": "removed"}, 'removed: "removed" is not'),
    ("products", {"product_code": "R7-312h"}, "is not a product code"),
    ("dates", {"timestamp": "24:00:00"}, "is not a time of day"),
    ("dates", {"month": "13"}, 'month: "13" is not a month from 1 to 12'),
    ("dates", {"month": "2", "day": "30"}, 'year-month-day: "2012-2-30" is not a real day'),
    ("dates", {"year": "2100", "month": "2", "day": "29"}, 'year-month-day: "2100-2-29" is not a real day'),
    ("dates", {"month": "11", "day": "31"}, 'year-month-day: "2012-11-31" is not a real day'),
    ("dates", {"time_period": "Night"}, 'time_period: "Night" is not'),
]
BAD += [(source, dict.fromkeys(make(), "NULL"), "counts as null") for source, (make, _, _) in SOURCES.items()]
BAD += [(source, dict.fromkeys(make(), _TOKEN), " is not ") for source, (make, _, _) in SOURCES.items()]
