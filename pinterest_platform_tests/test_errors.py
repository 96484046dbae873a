"""What engines and databases quote of rows in their errors is not passed on."""

from __future__ import annotations

import pytest

from pinterest_platform.errors import without_values


@pytest.mark.parametrize(
    "told",
    [
        "Conversion Error: Could not convert string 'Maya O'Brien' to INT32\n\nLINE 1: SELECT ...",
        "Conversion Error: Type INT64 with value 4711 can't be cast because the value is out of range",
        "Out of Range Error: Overflow in multiplication of INT64 (4711 * 9223372036854775807)!",
        'Invalid Input Error: Malformed JSON at byte 5 of input: unexpected character.  Input: {"first_name": Maya',
        '[CAST_INVALID_INPUT] The value \'Maya\' of the type "STRING" cannot be cast to "INT"',
        '[CAST_OVERFLOW] The value 4711L of the type "BIGINT" cannot be cast to "TINYINT" due to an overflow.',
        'insert violates a constraint DETAIL:  Key (card_number)=(4711) is not present in table "dim_card_details".',
        'invalid input syntax for type smallint: "Maya" (COPY dim_users, line 1, column first_name: "Maya")',
    ],
)
def test_values_are_hidden(told: str) -> None:
    shown = without_values(told)
    assert "•••" in shown
    assert not any(value in shown for value in ("Maya", "Brien", "4711"))
    assert shown[:12] == told[:12]
