"""An Airflow that runs the exported DAG: which tables it keeps up to date, and what it has done. No Dagster here."""
