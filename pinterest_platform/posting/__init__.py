"""The posting emulator: which postings are sent in which order, how fast, and where to.

`emulator` posts, in an order of `orders`, from where `checkpoint` says it was; `destination` is what a place to post to
fulfils. Files of a landing zone are in `landing`, topics and streams in `senders`. Where postings come from is up to
`source/`; reading what was posted is up to the package's own `landing/` and `streaming/`.
"""
