"""Real servers on one machine, without Docker: MySQL, Kafka, REST proxy, Kafka Connect, S3.

`process.py` starts and stops any of them; one module a server says what is particular about it; `stack.py` puts them
together. For trying and testing: in production these are somebody's RDS, MSK, API Gateway, MSK Connect and S3.
"""
