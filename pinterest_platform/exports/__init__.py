"""The graph of tables as other orchestrators know it, written as files. One module or package an orchestrator.

The same catalog gives the same bytes, whatever the settings: what differs from place to place is a variable there. Only
a DAG, of which one Airflow may have several, is named by the topic prefix.
"""
