"""Erases records on request and expired records, everywhere at once.

`predicate` parses the condition and `search` finds matching records. `plan` stores the work until it is done. `erasure`
does the work: `rewriting` handles landing objects, `tables` the newest versions of tables, and `history` older ones.
The parser of the landing zone never reads erased records again (`landing.erased`).
"""
