"""Topics of Kafka and streams of Kinesis as destination: what cuts postings into records, and what sends these.

`sender` is what each way of sending fulfils, `destination` sends postings by any of them, `lanes` keeps the order of
requests, `refused` keeps what was refused. A way over HTTP is in `http`, the others are beside this file.
"""
