"""infra/empty_bucket.sh before moto: pages of long keys, objects without versions, objects that stay.

`aws` is a small program here, with the two calls that the script makes; the AWS CLI itself was tried by hand.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import jmespath
import pytest

from pinterest_platform_tests.infra.stacks import ACCOUNT, INFRA, REGION

BUCKET = "pinterest-dev-lake-123456789012"
#: What a table's files are called, in folders of partitions: 184 characters, of 1,024 that S3 takes.
KEY = "cleaned/posts/category=finance/country=AA/" + "part-00000-" * 12 + "{:05}.parquet"
#: A process of its own, as the kernel limits the arguments of one.
_AWS = """#!{python} -IS
import sys, urllib.request, json
files = {{a: open(a[7:]).read() for a in sys.argv if a.startswith("file://")}}
body = json.dumps([files.get(a, a) for a in sys.argv[1:]]).encode()
answer = json.load(urllib.request.urlopen(urllib.request.Request("{url}", data=body)))
print(answer["out"]); sys.exit(answer["status"])
"""


def client() -> Any:
    return boto3.client("s3", region_name=REGION)


@pytest.fixture
def backend() -> Iterator[Any]:
    from moto import mock_aws  # Takes seconds.
    from moto.s3.models import s3_backends

    with mock_aws():
        client().create_bucket(Bucket=BUCKET)
        client().put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        yield s3_backends[ACCOUNT]["aws"]


@pytest.fixture
def requests() -> list[int]:
    """How many objects each request deletes."""
    return []


@pytest.fixture
def variables(tmp_path: Path, requests: list[int]) -> Iterator[dict[str, str]]:
    def answer(words: list[str]) -> Any:
        options = dict(zip(words[2::2], words[3::2], strict=False))
        if words[:2] == ["s3api", "list-object-versions"]:
            assert "--no-paginate" in words
            return client().list_object_versions(Bucket=words[words.index("--bucket") + 1])
        assert words[:2] == ["s3api", "delete-objects"]
        wanted = json.loads(options["--delete"])
        requests.append(len(wanted["Objects"]))
        return client().delete_objects(Bucket=options["--bucket"], Delete=wanted)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            words = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            found = jmespath.search(words[words.index("--query") + 1], answer(words))
            text = "\t".join(found) if "text" in words and found else "None" if found is None else json.dumps(found)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"out": text, "status": 0}).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    program = tmp_path / "aws"
    program.write_text(_AWS.format(python=sys.executable, url=f"http://127.0.0.1:{server.server_port}"))
    program.chmod(0o755)
    yield {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    server.shutdown()


def empty(variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    script = [str(INFRA / "empty_bucket.sh"), BUCKET]
    return subprocess.run(script, env=variables, capture_output=True, text=True, timeout=120)


def left() -> int:
    found = client().list_object_versions(Bucket=BUCKET)
    return len(found.get("Versions", [])) + len(found.get("DeleteMarkers", []))


def test_thousands_of_versions_and_markers_of_long_keys(
    variables: dict[str, str], backend: Any, requests: list[int]
) -> None:
    for number in range(1_300):
        backend.put_object(BUCKET, KEY.format(number), b"")
    for number in range(1_200):
        backend.delete_object(BUCKET, KEY.format(number))
    assert left() == 1_000  # What is on a page.
    done = empty(variables)
    assert (done.returncode, done.stdout) == (0, f"{BUCKET} is empty\n"), done.stderr
    assert left() == 0
    assert sum(requests) == 2_500
    # Amazon S3 API Reference, "DeleteObjects".
    assert max(requests) <= 1_000


@pytest.mark.usefixtures("backend")
def test_empty_bucket_stays_empty(variables: dict[str, str], requests: list[int]) -> None:
    assert empty(variables).stdout == f"{BUCKET} is empty\n"
    assert requests == []


def test_object_that_cannot_be_deleted_ends_it(variables: dict[str, str], backend: Any) -> None:
    """Rather than asking for it for ever."""
    backend.put_object(BUCKET, "kept", b"")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    client().put_bucket_policy(Bucket=BUCKET, Policy=policy)
    done = empty(variables)
    assert done.returncode == 1
    assert f"{BUCKET}: an object cannot be deleted: kept\tAccess Denied" in done.stderr
