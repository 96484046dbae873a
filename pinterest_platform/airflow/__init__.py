"""An Airflow that runs the exported DAG: the tables that it maintains, and its finished tasks. No Dagster here."""
