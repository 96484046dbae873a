"""Kafka topics and Kinesis streams as destinations: splits postings into records and sends them.

`sender` is the contract of a sender. `destination` sends postings with any sender. `lanes` keeps requests in order, and
`refused` keeps refused records. Senders over HTTP are in `http`, the others in this folder.
"""
