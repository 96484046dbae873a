"""Writes the graph as an Airflow DAG, with the other files that a bucket of Amazon MWAA needs.

The AWS CLI uploads them, and MWAA configures Airflow.
"""
