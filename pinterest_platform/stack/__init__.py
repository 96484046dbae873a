"""Real servers on one machine, without Docker: MySQL, Kafka, REST proxy, Kafka Connect, S3.

`process.py` starts and stops any server, each server has its own module, and `stack.py` puts them together. The stack
is for demos and tests: in production, these are RDS, MSK, API Gateway, MSK Connect and S3.
"""
