"""The Delta lake: storage, commits and ingestion positions of tables.

- `lake` opens and creates tables, `columns` adds columns in place, `storage` accesses the folder or bucket.
- `commits` writes a transaction, `transactions` reads transaction ids, `positions` reads ingestion progress.
- `changes` finds the rows that a table gained since a version. `maintenance` keeps the number of files low.
- `log` finds damaged log files, `actions` reads the log, `repair` fixes it.
- `whole` finds versions with all their files, `restore` restores a table to one of them.
- `losses` drops lost files from a table, `remains` reads what is left of a table that cannot be opened.

The engines compute rows.

Ingestion is exactly once, across two tables. A landed line goes to `raw/<record>` or to `raw/rejected`. The watermark
of its topic partition is a transaction id of the *raw* table, committed with its rows.

Each batch commits rejected lines first and raw rows second. After a crash between the two, the watermark is still
behind and the batch is read again. Lines already in rejected are recognised by topic, partition and offset and are not
added again.

A rejected line may fit later, for example when its object was half written. The first commit removes it from rejected
and the second adds it to raw. After a crash in between, the line is read again.

Concurrent writers conflict on the transaction ids: one commits, the other starts over and finds the first one's work.
"""
