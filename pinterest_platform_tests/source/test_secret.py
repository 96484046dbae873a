"""User and password of the source, and the secret of pseudonyms, from AWS Secrets Manager, served by moto over HTTP."""

from __future__ import annotations

import json

import pytest

from pinterest_platform.pinterest.source.address import source_url
from pinterest_platform.pinterest.source.source_tables import SourceError
from pinterest_platform.pseudonym_secret import pseudonyms_of
from pinterest_platform.settings import SettingsError, load_settings

PASSWORD = "p@ss/word:é"
RDS = {"username": "ann", "password": PASSWORD, "host": "db.example", "port": 3307, "dbname": "pinterest_data"}


@pytest.fixture(scope="module")
def endpoint():
    from moto.server import ThreadedMotoServer  # Takes seconds.

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def secret(endpoint, monkeypatch):
    """Puts a secret and returns its name."""
    import boto3

    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")

    def put(value, name):
        boto3.client("secretsmanager").create_secret(Name=name, SecretString=value)
        return name

    return put


def url(name, source=""):
    return source_url(load_settings(source_secret=name, source_url=source, _env_file=None))


def test_secret_of_rds_is_all_it_takes(secret):
    name = secret(json.dumps({**RDS, "engine": "mysql"}), "whole")
    assert url(name) == "mysql+pymysql://ann:p%40ss%2Fword%3A%C3%A9@db.example:3307/pinterest_data"


def test_secret_has_user_and_password_of_a_url(secret):
    name = secret(json.dumps({"username": "ann", "password": "word"}), "credentials")
    assert url(name, "mysql+pymysql://proxy:3306/pins?charset=utf8mb4") == (
        "mysql+pymysql://ann:word@proxy:3306/pins?charset=utf8mb4"
    )


@pytest.mark.parametrize("value", ["word", "[]", '{"username": "ann"}'])
def test_secret_of_another_shape(secret, value):
    name = secret(value, f"shape-{len(value)}")
    with pytest.raises(SourceError, match=r"PINTEREST_SOURCE_SECRET='shape-.*JSON object with username and password"):
        url(name)


@pytest.mark.usefixtures("secret")
def test_secret_that_does_not_exist():
    with pytest.raises(SourceError, match=r"PINTEREST_SOURCE_SECRET='nowhere': .*ResourceNotFound.*GetSecretValue"):
        url("nowhere")


def test_settings_do_not_show_a_password():
    settings = load_settings(source_url="mysql+pymysql://ann:secret-word@db/pins", _env_file=None)
    assert "secret-word" not in repr(settings)
    assert source_url(settings) == "mysql+pymysql://ann:secret-word@db/pins"


def test_secret_of_pseudonyms_is_plain_text(secret):
    found = pseudonyms_of(load_settings(pseudonym_secret_name=secret("nobody can guess", "pseudonyms"), _env_file=None))
    assert found is not None
    assert found.secret == b"nobody can guess"


def test_secret_of_pseudonyms_that_cannot_be_had(secret):
    for name, told in (("absent", "'absent'.*Check the name"), (secret("guess me", "weak"), "the secret has 8 char")):
        with pytest.raises(SettingsError, match=told) as raised:
            pseudonyms_of(load_settings(pseudonym_secret_name=name, _env_file=None))
        assert "guess" not in str(raised.value).replace("nobody can guess", "")
