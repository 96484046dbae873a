"""The source of postings: a database with three tables, and the generator that fills one with realistic rows.

Where postings are sent does not belong here (`posting/`), nor does anything that reads the environment.
"""
