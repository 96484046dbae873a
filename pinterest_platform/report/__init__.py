"""Shows the results on one page: charts, the finding of each in words, and the data behind them.

`reading` queries the tables, `findings` describes them in words, `figures` draws them, `compare` finds changes, and
`page` assembles the page. Nothing here uses Dagster or writes a table.
"""
