"""The warehouse: the star schema in PostgreSQL, published from the cleaned tables, and the nine answers as views.

`star` declares the tables, and `tables` creates or rejects them. `views` creates the answers. `publishing` does all of
this in one transaction. `comparison` compares the warehouse with the lake. No module drops a table or deletes a row.
"""
