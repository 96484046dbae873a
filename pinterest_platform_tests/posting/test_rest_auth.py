"""A gateway lets in whom it knows: by API key, or by an AWS signature, which is computed anew here with botocore."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.emulator import post
from pinterest_platform.posting.orders import Sequential
from pinterest_platform.posting.senders.destination import SenderDestination
from pinterest_platform.posting.senders.http.auth import rest_auth
from pinterest_platform.posting.senders.http.rest import RestSender
from pinterest_platform.settings import load_settings
from pinterest_platform_tests.posting.conftest import TOPICS
from pinterest_platform_tests.posting.scripted_proxy import Handler, ScriptedProxy

ACCESS_KEY, SECRET_KEY, TOKEN, REGION = "AKIDEXAMPLE", "secret-example", "token-example", "eu-west-1"


def send(source: SourceDatabase, proxy: ScriptedProxy, folder: Path, **settings: str) -> int:
    sender = RestSender(proxy.url, rest_auth(load_settings(**settings), proxy.url))
    return post(
        source, Sequential(), SenderDestination(RECORDS, TOPICS, sender, folder / "refused.jsonl"), count=20
    ).acknowledged


def has_key(handler: Handler, _: bytes) -> bool:
    return handler.headers["x-api-key"] == "k3y"


def is_signed(handler: BaseHTTPRequestHandler, body: bytes) -> bool:
    """Whether the signature is that of this very request, as API Gateway sees to it."""
    headers = {"Content-Type": handler.headers["Content-Type"], "Host": handler.headers["Host"]}
    request = AWSRequest(handler.command, f"http://{handler.headers['Host']}{handler.path}", headers=headers, data=body)
    request.context["timestamp"] = handler.headers["X-Amz-Date"]
    request.headers["X-Amz-Date"] = handler.headers["X-Amz-Date"]
    request.headers["X-Amz-Security-Token"] = TOKEN
    signer = SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY, TOKEN), "execute-api", REGION)
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    authorization = handler.headers["Authorization"]
    return authorization.startswith(f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/") and signature in authorization


def set_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An AWS client's environment, with nothing of this machine's own."""
    for name in ("AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    set_credentials(monkeypatch, tmp_path)
    return monkeypatch


def test_api_key_lets_in(small: SourceDatabase, tmp_path: Path) -> None:
    with ScriptedProxy() as proxy:
        proxy.guard = has_key
        assert send(small, proxy, tmp_path, rest_auth="api_key", rest_api_key="k3y") == 20


def test_wrong_api_key_is_told_and_not_shown(small: SourceDatabase, tmp_path: Path) -> None:
    with ScriptedProxy() as proxy:
        proxy.guard = has_key
        with pytest.raises(DestinationError, match=r"403.*Forbidden.*PINTEREST_REST_AUTH") as caught:
            send(small, proxy, tmp_path, rest_auth="api_key", rest_api_key="wr0ng")
    assert "wr0ng" not in str(caught.value)


def test_signature_is_aws_own(small: SourceDatabase, tmp_path: Path, aws: pytest.MonkeyPatch) -> None:
    with ScriptedProxy() as proxy:
        proxy.guard = is_signed
        assert send(small, proxy, tmp_path, rest_auth="sigv4") == 20
        aws.setenv("AWS_SECRET_ACCESS_KEY", "another")
        with pytest.raises(DestinationError, match="403"):
            send(small, proxy, tmp_path, rest_auth="sigv4")


def test_signing_without_credentials_or_region_says_what_to_do(aws: pytest.MonkeyPatch) -> None:
    settings, url = load_settings(rest_auth="sigv4"), "https://gateway.example.com/prod"
    aws.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(DestinationError, match="AWS_DEFAULT_REGION"):
        rest_auth(settings, url)
    assert rest_auth(settings, "https://x1.execute-api.eu-west-2.amazonaws.com/p")
    aws.delenv("AWS_ACCESS_KEY_ID")
    aws.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(DestinationError, match="AWS_PROFILE"):
        rest_auth(settings, url)
