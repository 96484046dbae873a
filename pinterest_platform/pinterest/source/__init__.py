"""The source of postings: a database with three tables, and a generator that fills it with realistic rows.

`posting/` sends the postings. Modules here do not read the environment.
"""
