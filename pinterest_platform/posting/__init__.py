"""The posting emulator: which postings are sent in which order, how fast, and where to.

Where postings come from is the business of `source/`; reading what was posted is that of `landing/` and `streaming/`.
"""
