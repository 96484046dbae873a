"""Kinesis: how to connect to it, and its streams. `posting` writes records, and `streaming` reads them."""
