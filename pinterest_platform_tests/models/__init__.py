"""Every rule of cleaning and every analytic: the models' SQL, run by DuckDB on rows made by hand or by hypothesis."""
