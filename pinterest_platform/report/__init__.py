"""The results as one page that people read: pictures, the finding of each in words, and what they rest on.

`reading` asks the tables, `findings` says in words what is in them, `figures` draws it, `compare` says what changed and
`page` puts it together. Nothing here knows Dagster or writes a table.
"""
