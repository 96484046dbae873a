"""Senders over HTTP: to Kafka through a REST proxy, and to Kinesis through API Gateway."""
