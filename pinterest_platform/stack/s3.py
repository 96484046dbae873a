"""The S3 server of the local stack: versitygw if Go is available, otherwise moto.

versitygw stores objects as files, survives a crash and supports conditional writes. moto keeps objects in memory, so
they are lost when it stops.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from pinterest_platform.stack.downloads import has_versitygw, versitygw
from pinterest_platform.stack.process import Launch, Server

_REGION = "us-east-1"


class S3Server(Server):
    """An S3 server at `endpoint`. `environment` is all that a client needs.

    Args:
        folder: Objects as files, with one folder per bucket.
        keeps: Whether objects outlive the server. Default: whether versitygw is available.
    """

    def __init__(self, folder: Path, name: str = "s3", *, keeps: bool | None = None) -> None:
        super().__init__(name, folder)
        self.keeps = has_versitygw() if keeps is None else keeps

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port()}"

    def environment(self) -> dict[str, str]:
        """Environment variables for boto3, delta-rs and the AWS SDKs, with the secret key."""
        access, secret = self._keys()
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": access,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_REGION": _REGION,
            "AWS_DEFAULT_REGION": _REGION,
            "AWS_ALLOW_HTTP": "true",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def prepare(self) -> None:
        if self.keeps:
            versitygw(self.progress)
            (self.folder / "objects").mkdir(exist_ok=True)
        else:
            self.progress("Go 1.21 or newer is missing, so moto serves S3: its objects are lost when it stops")

    def launch(self) -> Launch:
        if not self.keeps:
            return Launch([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port())])
        access, secret = self._keys()
        program = [str(versitygw(self.progress)), "--port", f"127.0.0.1:{self.port()}", "--region", _REGION]
        return Launch(
            # Keep-alive is off by default. Without it, a client opens a connection per request.
            [*program, "--keep-alive", "--quiet", "posix", str(self.folder / "objects")],
            # Not as arguments, which every user of the machine can read.
            environment={"ROOT_ACCESS_KEY": access, "ROOT_SECRET_KEY": secret},
        )

    def ask(self) -> str:
        buckets = self.client().list_buckets()["Buckets"]
        note = "" if self.keeps else ", kept in memory only"
        return f"{len(buckets)} buckets{note}"

    def client(self) -> Any:
        """A boto3 client of this server. It ignores the environment."""
        import boto3
        from botocore.config import Config

        access, secret = self._keys()
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=access,
            aws_secret_access_key=secret,
            region_name=_REGION,
            config=Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 1}),
        )

    def _keys(self) -> tuple[str, str]:
        """Access key and secret key, generated once. Only the owner can read the file."""
        file = self.folder / "keys.json"
        if not file.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            new = file.with_suffix(f".{os.getpid()}")
            with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
                json.dump([f"stack{secrets.token_hex(6)}", secrets.token_hex(20)], out)
            new.replace(file)
        access, secret = json.loads(file.read_text())
        return access, secret
