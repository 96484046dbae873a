"""The Kafka cluster itself: how to connect to it, and the topics it should have.

What is written to topics is the business of `posting/`, what is read from them that of `streaming/`.
"""
