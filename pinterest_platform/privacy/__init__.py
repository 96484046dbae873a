"""Erasing records on request, everywhere at once, and what is too old.

`predicate` reads which records are meant, `search` finds them, `plan` writes down what is to be done until it is done,
`erasure` does it with the pieces here: `rewriting` of landing objects, `tables`, `history` of tables. Reading records
that were erased is refused by the parser of the landing zone (`landing.erased`).
"""
