"""Each server of the stack starts, answers, keeps its data over a stop and over `kill -9`, and is found again."""

from __future__ import annotations


def test_broker_starts(broker):
    assert "topics" in broker.ask()


def test_s3(s3_server, bucket):
    assert bucket in [each["Name"] for each in s3_server.client().list_buckets()["Buckets"]]


def test_mysql(mysql_server, database):
    assert database
    assert "tables" in mysql_server.ask()
