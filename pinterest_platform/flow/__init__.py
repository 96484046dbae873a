"""Where records are on their way in: how many are in a topic, landed, ingested, and what is late or lost.

Measured only; moving records is the business of `posting`, `infra/kafka-connect` and `engines`.
"""
