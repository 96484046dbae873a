"""The embedded engine: DuckDB computes and writes Parquet, delta-rs commits. It needs no server and no JVM."""
