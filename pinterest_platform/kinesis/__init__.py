"""Kinesis: how to connect to it, and its streams. Records are written by `posting` and read by `streaming`."""
