"""The embedded engine: DuckDB computes and writes Parquet, delta-rs commits. No server, no JVM."""
