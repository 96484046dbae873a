"""A Kinesis server for this machine: kinesalite, with AWS's own wire format, resharding and sequence numbers.

It stores streams as files, which survive a crash of the server. Unlike AWS, it has no throughput limits, does not check
credentials, and lacks enhanced fan-out.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pinterest_platform.stack.downloads import find_node, kinesalite
from pinterest_platform.stack.process import Launch, Server

_REGION = "us-east-1"
#: How long it takes to create, delete and reshard a stream, in ms.
_STREAM_MS = 1


class KinesisServer(Server):
    """A Kinesis server at `endpoint`. `environment` is all that a client needs.

    Args:
        folder: Streams and their records.
    """

    def __init__(self, folder: Path, name: str = "kinesis") -> None:
        super().__init__(name, folder)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port()}"

    def environment(self) -> dict[str, str]:
        """Environment variables for the platform and boto3. The server accepts any credentials."""
        return {
            "PINTEREST_KINESIS_ENDPOINT": self.endpoint,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": _REGION,
            "AWS_DEFAULT_REGION": _REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def prepare(self) -> None:
        kinesalite(self.progress)

    def launch(self) -> Launch:
        durations = {f"{change}StreamMs": _STREAM_MS for change in ("create", "delete", "update")}
        options = {"path": str(self.folder / "streams"), "shardLimit": 10_000, **durations}
        module = str(kinesalite(self.progress) / "node_modules" / "kinesalite")
        script = [
            # It throws when a client disconnects in the middle of a request, for example because it was killed.
            "process.on('uncaughtException', error => { if (error.code !== 'ECONNRESET') throw error })",
            # Its own program would listen on every network interface.
            f"require({json.dumps(module)})({json.dumps(options)}).listen({self.port()}, '127.0.0.1')",
        ]
        return Launch([str(find_node()), "--eval", "; ".join(script)], environment={"AWS_REGION": _REGION})

    def ask(self) -> str:
        return f"{len(self.client().list_streams()['StreamNames'])} streams"

    def client(self) -> Any:
        """A boto3 client of this server. It ignores the environment."""
        import boto3
        from botocore.config import Config

        environment = self.environment()
        return boto3.client(
            "kinesis",
            endpoint_url=self.endpoint,
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            region_name=_REGION,
            config=Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 1}),
        )
