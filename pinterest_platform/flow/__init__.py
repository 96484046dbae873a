"""Measures the flow of records into the lake: written to a topic, landed, ingested, late or lost.

This package only measures. `posting`, `infra/kafka-connect` and `engines` move the records.
"""
