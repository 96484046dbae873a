"""The Delta lake: where tables are, how far they are, and the commits that keep them right.

`lake` opens and creates, `columns` adds columns in place, `commits` writes one transaction, `transactions` reads
their ids, `positions` says how far topic partitions are ingested, `changes` what a table gained since a version,
`maintenance` keeps files few, `storage` is the folder or bucket they lie in. `log` says which files of a table's log
are damaged, `actions` what they say, `repair` mends them, `remains` reads what is left of a table that cannot be
opened. `whole` says which versions have all their files, `restore` takes a table back to one, `losses` lets it go on
without lost files. Computing rows is the engines' business.

Exactly once, with two tables. A landed line goes to `raw/<record>` or to `raw/rejected`; the watermark of its topic
partition is a transaction id of the *raw* table, committed with its rows. Per batch, rejected is committed first, raw
second. A crash between the two leaves the watermark behind, so the batch is read again; lines already in rejected are
recognised by topic, partition and offset and not added again. A line that did not fit and does now (the object was
half written, say) is removed from rejected in that first commit and added to raw in the second; a crash in between
leaves it to be read again. Two writers meet in the transaction ids: one commits, the other starts over and finds
what the first did.
"""
