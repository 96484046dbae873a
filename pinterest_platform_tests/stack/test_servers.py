"""What a server has acknowledged is there after `kill -9` and a new start.

The broker: `integration/posting/test_servers_die.py`. Kinesis: `integration/kinesis/test_server.py`.
"""

from __future__ import annotations

import pytest

from pinterest_platform.stack.mysql import MySQLServer
from pinterest_platform.stack.postgres import PostgresServer
from pinterest_platform.stack.s3 import S3Server

pytestmark = pytest.mark.kills_servers


def test_objects_survive_the_s3_server(s3_server: S3Server, bucket: str) -> None:
    client = s3_server.client()
    for number in range(50):
        client.put_object(Bucket=bucket, Key=f"folder/{number:03}", Body=str(number).encode(), Metadata={"next": "1"})
    s3_server.kill()
    s3_server.start()
    assert len(client.list_objects_v2(Bucket=bucket)["Contents"]) == 50
    found = client.get_object(Bucket=bucket, Key="folder/049")
    assert (found["Body"].read(), found["Metadata"]) == (b"49", {"next": "1"})


def test_object_that_is_there_is_not_put_again(s3_server: S3Server, bucket: str) -> None:
    client = s3_server.client()
    client.put_object(Bucket=bucket, Key="one", Body=b"first", IfNoneMatch="*")
    with pytest.raises(client.exceptions.ClientError, match="PreconditionFailed"):
        client.put_object(Bucket=bucket, Key="one", Body=b"second", IfNoneMatch="*")
    assert client.get_object(Bucket=bucket, Key="one")["Body"].read() == b"first"


def test_rows_survive_mysql(mysql_server: MySQLServer) -> None:
    mysql_server.ask()
    with mysql_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE kept CHARACTER SET utf8mb4")
        cursor.execute("CREATE TABLE kept.texts (text TEXT)")
        cursor.execute("INSERT INTO kept.texts VALUES ('𝕡𝕚𝕟 📌')")
        connection.commit()
    mysql_server.kill()
    mysql_server.start()
    with mysql_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT text FROM kept.texts")
        assert cursor.fetchall() == (("𝕡𝕚𝕟 📌",),)


def test_rows_survive_postgres(postgres_server: PostgresServer) -> None:
    with postgres_server.connect() as connection:
        connection.execute("CREATE TABLE kept (text TEXT)")
        connection.execute("INSERT INTO kept VALUES ('𝕡𝕚𝕟 📌')")
    postgres_server.kill()
    postgres_server.start()
    with postgres_server.connect() as connection:
        assert connection.execute("SELECT text FROM kept").fetchall() == [("𝕡𝕚𝕟 📌",)]
    assert postgres_server.ask() == "1 databases"
