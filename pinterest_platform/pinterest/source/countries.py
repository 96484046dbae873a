"""The 243 country names of the source, the most common first.

The order matters: an author's country is the lowest of several draws from this list (`authors.py`). This makes the
first names hundreds of times as common as the last ones.
"""

from __future__ import annotations

_LINES = """
Albania; Algeria; Afghanistan; Aruba; American Samoa; Andorra; Argentina; Anguilla; Armenia; Azerbaijan; Bahamas;
Bouvet Island (Bouvetoya); Austria; Antarctica (the territory South of 60 deg S); Bangladesh; Antigua and Barbuda;
Bulgaria; Congo; Barbados; Bolivia; Belize; Angola; Belgium; British Virgin Islands; Benin; Bermuda; Belarus;
Botswana; Australia; Cameroon; Christmas Island; Bosnia and Herzegovina; Burkina Faso; Bahrain; Bhutan; Chile;
Burundi; Central African Republic; Cote d'Ivoire; Cyprus; Dominican Republic; Ecuador; Costa Rica; Cuba; Egypt;
Canada; Brazil; French Polynesia; Cambodia; Chad; Comoros; Ethiopia; Montserrat; Cayman Islands; Korea; British
Indian Ocean Territory (Chagos Archipelago); Macao; Colombia; Finland; Kuwait; Djibouti; Greece; Grenada; Cook
Islands; India; Heard Island and McDonald Islands; Cocos (Keeling) Islands; Greenland; Cape Verde; France; El
Salvador; Guyana; Nauru; Brunei Darussalam; Jamaica; Gabon; Guatemala; Malawi; Croatia; French Guiana; Iraq;
Germany; Hungary; Israel; Haiti; Fiji; Czech Republic; China; Kyrgyz Republic; Isle of Man; Denmark; Nicaragua;
Italy; Lebanon; Eritrea; Falkland Islands (Malvinas); Kenya; Georgia; Liberia; Mongolia; Guinea-Bissau; Equatorial
Guinea; Kazakhstan; Estonia; Guam; Madagascar; Jordan; Gibraltar; Dominica; Honduras; Netherlands; Oman; Myanmar;
Martinique; Hong Kong; Moldova; Liechtenstein; Mayotte; Libyan Arab Jamahiriya; Mali; Nepal; Monaco; Marshall
Islands; Nigeria; Iceland; Saudi Arabia; French Southern Territories; Lao People's Democratic Republic; Maldives;
Iran; Guadeloupe; Namibia; Jersey; Palestinian Territory; Kiribati; Japan; New Caledonia; Paraguay; Solomon Islands;
Morocco; Reunion; Seychelles; Niue; Latvia; Ghana; Malta; Saint Kitts and Nevis; Saint Pierre and Miquelon; Uganda;
Holy See (Vatican City State); Tajikistan; Portugal; Guinea; Sri Lanka; Switzerland; Faroe Islands; Somalia; Mexico;
United Kingdom; Ireland; Timor-Leste; Mozambique; Syrian Arab Republic; Micronesia; Pitcairn Islands; Samoa;
Indonesia; Russian Federation; Sweden; Lithuania; Trinidad and Tobago; Lesotho; Palau; Wallis and Futuna;
Montenegro; Netherlands Antilles; Papua New Guinea; New Zealand; Puerto Rico; Turkmenistan; Mauritania; Yemen;
Malaysia; Saint Lucia; Saint Barthelemy; Turkey; Niger; Guernsey; Singapore; Tunisia; Tuvalu; Tonga; Slovakia
(Slovak Republic); Gambia; Qatar; Saint Helena; Slovenia; Venezuela; Taiwan; Thailand; Peru; Norfolk Island; South
Georgia and the South Sandwich Islands; Saint Vincent and the Grenadines; Philippines; Sudan; Swaziland; United
States of America; United States Virgin Islands; Tanzania; Tokelau; Vanuatu; San Marino; Luxembourg; Senegal;
Western Sahara; Saint Martin; Pakistan; United States Minor Outlying Islands; Romania; Macedonia; Vietnam; Zambia;
Norway; Ukraine; Svalbard & Jan Mayen Islands; Mauritius; Uruguay; Togo; Sao Tome and Principe; Serbia; South
Africa; Poland; Spain; Panama; Turks and Caicos Islands; Suriname; Sierra Leone; Zimbabwe; Uzbekistan; Rwanda;
Northern Mariana Islands; United Arab Emirates
"""

COUNTRIES: tuple[str, ...] = tuple(" ".join(_LINES.split()).split("; "))
