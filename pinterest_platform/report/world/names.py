"""Countries that have another name on the map, and places without a shape on the map.

The names are fixed: landed records use the source's names of countries. `make` creates the shapes in `shapes.json`.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Name in the data -> names in Natural Earth. All other names are the same in both.
ALIASES: Mapping[str, tuple[str, ...]] = {
    "Antarctica (the territory South of 60 deg S)": ("Antarctica",),
    "Antigua and Barbuda": ("Antigua and Barb.",),
    "Bosnia and Herzegovina": ("Bosnia and Herz.",),
    "Bouvet Island (Bouvetoya)": ("Bouvet Island",),
    "British Indian Ocean Territory (Chagos Archipelago)": ("Br. Indian Ocean Ter.",),
    "British Virgin Islands": ("British Virgin Is.",),
    "Brunei Darussalam": ("Brunei",),
    "Cape Verde": ("Cabo Verde",),
    "Cayman Islands": ("Cayman Is.",),
    "Central African Republic": ("Central African Rep.",),
    "Cook Islands": ("Cook Is.",),
    "Cote d'Ivoire": ("Côte d'Ivoire",),
    "Czech Republic": ("Czechia",),
    "Dominican Republic": ("Dominican Rep.",),
    "Equatorial Guinea": ("Eq. Guinea",),
    "Falkland Islands (Malvinas)": ("Falkland Is.",),
    "Faroe Islands": ("Faeroe Is.",),
    "French Polynesia": ("Fr. Polynesia",),
    "French Southern Territories": ("Fr. S. Antarctic Lands",),
    "Heard Island and McDonald Islands": ("Heard I. and McDonald Is.",),
    "Holy See (Vatican City State)": ("Vatican",),
    # The source uses this name for two states, and its records do not say which.
    "Korea": ("North Korea", "South Korea"),
    "Kyrgyz Republic": ("Kyrgyzstan",),
    "Lao People's Democratic Republic": ("Laos",),
    "Libyan Arab Jamahiriya": ("Libya",),
    "Marshall Islands": ("Marshall Is.",),
    "Northern Mariana Islands": ("N. Mariana Is.",),
    "Palestinian Territory": ("Palestine",),
    "Pitcairn Islands": ("Pitcairn Is.",),
    "Russian Federation": ("Russia",),
    "Saint Barthelemy": ("St-Barthélemy",),
    "Saint Kitts and Nevis": ("St. Kitts and Nevis",),
    "Saint Martin": ("St-Martin",),
    "Saint Pierre and Miquelon": ("St. Pierre and Miquelon",),
    "Saint Vincent and the Grenadines": ("St. Vin. and Gren.",),
    "Sao Tome and Principe": ("São Tomé and Principe",),
    "Slovakia (Slovak Republic)": ("Slovakia",),
    "Solomon Islands": ("Solomon Is.",),
    "South Georgia and the South Sandwich Islands": ("S. Geo. and the Is.",),
    "Svalbard & Jan Mayen Islands": ("Svalbard",),
    "Swaziland": ("eSwatini",),
    "Syrian Arab Republic": ("Syria",),
    "Turks and Caicos Islands": ("Turks and Caicos Is.",),
    "United States": ("United States of America",),
    "United States Minor Outlying Islands": ("U.S. Minor Outlying Is.",),
    "United States Virgin Islands": ("U.S. Virgin Is.",),
    "Wallis and Futuna": ("Wallis and Futuna Is.",),
    "Western Sahara": ("W. Sahara",),
}

#: Places without a shape at this scale -> latitude and longitude of a dot.
PLACES: Mapping[str, tuple[float, float]] = {
    "Bouvet Island": (-54.4, 3.4),
    "Christmas Island": (-10.5, 105.6),
    "Cocos (Keeling) Islands": (-12.1, 96.9),
    "French Guiana": (4.0, -53.0),
    "Gibraltar": (36.1, -5.3),
    "Guadeloupe": (16.2, -61.5),
    "Martinique": (14.6, -61.0),
    "Mayotte": (-12.8, 45.1),
    "Netherlands Antilles": (12.2, -69.0),
    "Reunion": (-21.1, 55.5),
    "Svalbard": (78.6, 16.0),
    "Tokelau": (-9.2, -171.8),
    "Tuvalu": (-8.5, 179.2),
    "U.S. Minor Outlying Is.": (19.3, 166.6),
}
