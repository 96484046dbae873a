"""Servers that are slow, refuse, or go away in the middle: an error that names what is missing, and nothing landed."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from pinterest_platform.errors import PlatformError
from pinterest_platform.retail import RETAIL
from pinterest_platform.retail.sources import places, stores, web
from pinterest_platform.retail.sources.errors import SourceError
from pinterest_platform.s3 import retries
from pinterest_platform.settings import load_settings
from pinterest_platform.tasks.sources import land
from pinterest_platform_tests.integration.s3_proxy import s3_proxy
from pinterest_platform_tests.retail.stores_server import StoresServer, serving, serving_app
from pinterest_platform_tests.retail.test_sources import FILES, data, read, rows_of
from pinterest_platform_tests.retail.test_sources import stores as store_rows
from pinterest_platform_tests.servers import only_aws_of

__all__ = ["data", "read", "store_rows"]

Read = Callable[..., Any]
Land = Callable[[str], dict[str, Any]]


@pytest.fixture
def landed(tmp_path: Path, data: Path) -> Land:
    """Lands a record of the generated sources, but for what variables name, in a zone of the test's own."""
    settings = load_settings(
        data=data, landing=str(tmp_path / "landing"), lake=str(tmp_path / "lake"), topic_prefix="t", _env_file=None
    )
    return lambda record: dict(land(settings, RETAIL, record, anew=False, log=logging.getLogger(__name__)))


def objects(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "landing").rglob("*") if path.is_file()]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (stores, places):
        monkeypatch.setattr(module, "TIMEOUT", (5.0, 0.2))
    monkeypatch.setattr(web, "TIMES_AGAIN", 1)
    monkeypatch.setattr(web, "LONGEST_WAIT", 0.1)


def known(server: StoresServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETAIL_STORES_API", server.url)
    monkeypatch.setenv("RETAIL_STORES_API_KEY", server.key)


@pytest.mark.usefixtures("impatient", "read")
def test_api_that_does_not_answer_fails_its_record_only(
    landed: Land, tmp_path: Path, store_rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(StoresServer(store_rows, slow=frozenset({"store_details/20"}))) as server:
        known(server, monkeypatch)
        with pytest.raises(SourceError, match=r"store_details/20: ReadTimeoutError\. No rows were taken"):
            landed("stores")
        assert server.asked["store_details/20"] == 2
        assert objects(tmp_path) == []
        assert landed("products")["source_rows"] == 47
        server.slow = frozenset()
        assert landed("stores")["source_new"] == len(store_rows)


@pytest.mark.usefixtures("impatient")
def test_wait_that_a_server_asks_for_has_an_end(read: Read, store_rows: list[dict[str, Any]]) -> None:
    hours = {"Retry-After": "36000"}
    with serving(StoresServer(store_rows, first={"store_details/3": [(429, hours)]})) as server:
        reader = read("stores", RETAIL_STORES_API=server.url, RETAIL_STORES_API_KEY=server.key)
        assert len(rows_of(reader)) == len(store_rows)
        assert server.asked["store_details/3"] == 2


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.usefixtures("impatient")
def test_refusal_without_end_is_told(read: Read, store_rows: list[dict[str, Any]], status: int) -> None:
    with serving(StoresServer(store_rows, first={"store_details/3": [(status, {})] * 9})) as server:
        reader = read("stores", RETAIL_STORES_API=server.url, RETAIL_STORES_API_KEY=server.key)
        with pytest.raises(SourceError, match=rf"store_details/3: incomplete: HTTP status {status}"):
            rows_of(reader)


@pytest.mark.usefixtures("read")
def test_api_that_has_fewer_stores_than_before_adds_nothing(
    landed: Land, store_rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(StoresServer(store_rows)) as server:
        known(server, monkeypatch)
        landed("stores")
        server.stores = store_rows[:-10]
        with pytest.raises(PlatformError, match=r"lacks 10 of the 59 keys of the previous one, more than a tenth"):
            landed("stores")
        server.stores = store_rows[:-5]
        assert landed("stores")["source_vanished"] == 5
        server.stores = []
        with pytest.raises(SourceError, match="number_stores is 0, not a number of stores"):
            landed("stores")


@pytest.mark.parametrize("record", ["stores", "products"])
@pytest.mark.usefixtures("read")
def test_file_cut_between_two_lines_adds_nothing(
    landed: Land, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record: str
) -> None:
    """Such a file looks whole; that it lacks rows of the load before is all that tells."""
    lines = (data / "sources" / FILES[record]).read_bytes().splitlines(keepends=True)
    file = tmp_path / "lines"
    monkeypatch.setenv("RETAIL_STORES_API" if record == "stores" else "RETAIL_PRODUCTS", str(file))
    file.write_bytes(b"".join(lines))
    landed(record)
    before = objects(tmp_path)
    file.write_bytes(b"".join(lines[:-8]))
    with pytest.raises(PlatformError, match=r"lacks 8 of the \d+ keys of the previous one, more than a tenth"):
        landed(record)
    assert objects(tmp_path) == before


@pytest.mark.parametrize("record", ["cards", "products", "dates"])
@pytest.mark.usefixtures("read")
def test_s3_that_goes_away_in_the_middle_lands_nothing(
    landed: Land,
    data: Path,
    tmp_path: Path,
    s3_server: Any,
    s3_client: Any,
    bucket: str,
    monkeypatch: pytest.MonkeyPatch,
    record: str,
) -> None:
    only_aws_of(s3_server, monkeypatch)
    s3_client.upload_file(str(data / "sources" / FILES[record]), bucket, FILES[record])
    monkeypatch.setenv(f"RETAIL_{record.upper()}", f"s3://{bucket}/{FILES[record]}")
    monkeypatch.setattr(retries, "ATTEMPTS", 2)
    with s3_proxy(s3_server.endpoint) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        gone = iter(["half"])
        proxy.faults = lambda method, _: next(gone, "cut") if method == "GET" else None  # type: ignore[assignment]
        with pytest.raises(PlatformError, match=rf"s3://{bucket}: .*AWS_ENDPOINT_URL and the network"):
            landed(record)
        assert objects(tmp_path) == []
        proxy.faults = lambda *_: None
        assert landed(record)["source_landed"] > 0


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Files of a certificate for 127.0.0.1, which is its own authority, and of its key."""
    folder, key = tmp_path_factory.mktemp("tls"), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now, address = datetime.now(UTC), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    kind = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(*kind))
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture
def https(
    certificate: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Path]]:
    """Address of a server of files, and their folder. `half/<file>` breaks off in the middle."""
    folder = tmp_path / "files"
    folder.mkdir()

    def half(request: Request) -> Response:
        content = (folder / request.path_params["file"]).read_bytes()
        return Response(content[: len(content) // 2], headers={"Content-Length": str(len(content))})

    routes = [Route("/half/{file}", half), Mount("/", StaticFiles(directory=folder))]
    cert, key = certificate
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(cert))
    with serving_app(Starlette(routes=routes), ssl_certfile=cert, ssl_keyfile=key) as address:
        yield f"https://{address}", folder


@pytest.mark.parametrize("record", ["cards", "products", "dates"])
def test_rows_by_https_are_those_of_files(read: Read, data: Path, https: tuple[str, Path], record: str) -> None:
    (url, folder), name = https, FILES[record]
    wanted = rows_of(read(record))
    (folder / name).write_bytes((data / "sources" / name).read_bytes())
    far = read(record, **{f"RETAIL_{record.upper()}": f"{url}/{name}?signature=s3cret"})
    assert rows_of(far) == wanted
    before = far.state()
    assert before == far.state() is not None
    (folder / name).write_bytes(b"other")
    assert far.state() != before
    (folder / name).unlink()
    for ask in (far.state, lambda: rows_of(far)):
        with pytest.raises(SourceError, match=f"{url}/{name}: the file does not exist") as raised:
            ask()
        assert "s3cret" not in str(raised.value)


def test_https_that_breaks_off_is_an_error(read: Read, data: Path, https: tuple[str, Path]) -> None:
    url, folder = https
    (folder / "dates.json").write_bytes((data / "sources/date_details.json").read_bytes())
    with pytest.raises(SourceError, match=r"half/dates\.json: .*No rows were taken"):
        rows_of(read("dates", RETAIL_DATES=f"{url}/half/dates.json"))


@pytest.mark.usefixtures("impatient")
def test_certificate_of_nobody_we_trust_is_refused(
    read: Read, https: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with pytest.raises(SourceError, match=r"dates\.json: SSLError\. No rows were taken"):
        rows_of(read("dates", RETAIL_DATES=f"{https[0]}/dates.json"))
