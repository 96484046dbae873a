"""The Kafka cluster: how to connect to it, and the topics it should have.

`posting/` writes to topics, and `streaming/` reads from them.
"""
