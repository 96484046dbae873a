"""Writes the graph of tables as files for other orchestrators, with one module or package per orchestrator.

The same catalog gives the same bytes with any settings: deployment-specific values are variables of the orchestrator.
Only a DAG's name contains the topic prefix, because one Airflow may have several.
"""
