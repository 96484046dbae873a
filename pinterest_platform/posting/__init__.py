"""The posting emulator: which postings it sends, in which order, how fast, and where to.

`emulator` posts in an order from `orders`, and continues from a `checkpoint`. `destination` is the contract of a place
to post to. `landing` writes files of a landing zone, and `senders` write to topics and streams. Postings come from a
domain's `source/`. The platform's own `landing/` and `streaming/` read them.
"""
