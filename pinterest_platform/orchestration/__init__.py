"""Dagster only: the tables as assets, what checks them, and what starts runs.

`build` assembles everything and is all the entry point and the tests use. An asset calls one verb of the engine and
reports what it did; nothing about landing, Delta or SQL is decided here.
"""
