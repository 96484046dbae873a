"""The exported DAG in real Airflows."""
