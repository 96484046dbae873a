"""Senders over HTTP: through a REST proxy to Kafka, and through API Gateway to Kinesis."""
