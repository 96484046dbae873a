"""The warehouse: the star schema in PostgreSQL, published from the cleaned tables, and the nine answers as views of it.

`star` declares the tables, `tables` makes or refuses them, `views` writes the answers, `publishing` does it in one
transaction, `comparison` holds the warehouse against the lake. Nothing here ever drops a table or deletes a row.
"""
