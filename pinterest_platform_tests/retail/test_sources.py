"""Each source gives the same rows from a server as from a file, all of them or an error that says which lack."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from pinterest_platform.retail.generator import generate
from pinterest_platform.retail.sources import readers
from pinterest_platform.retail.sources.errors import SourceError
from pinterest_platform.retail.sources.reader import Reader, Row
from pinterest_platform.settings import load_settings
from pinterest_platform_tests.retail.stores_server import StoresServer, serving
from pinterest_platform_tests.servers import only_aws_of

FILES = {
    "cards": "card_details.pdf",
    "stores": "stores.jsonl",
    "products": "products.csv",
    "dates": "date_details.json",
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("data")
    generate(data / "sources", scale=0.005)
    return data


@pytest.fixture
def read(data: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Reader]:
    """The reader of a record, with variables set."""
    for name in [name for name in os.environ if name.startswith("RETAIL_")]:
        monkeypatch.delenv(name)

    def made(record: str, **variables: str) -> Reader:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return readers(load_settings(data=data, _env_file=None))[record]

    return made


def rows_of(reader: Reader) -> list[Row]:
    return list(reader.rows())


@pytest.mark.parametrize(("record", "file"), FILES.items())
def test_file_cut_short_anywhere_is_an_error(
    read: Callable[..., Reader], data: Path, tmp_path: Path, record: str, file: str
) -> None:
    whole = (data / "sources" / file).read_bytes()
    variable = "RETAIL_STORES_API" if record == "stores" else f"RETAIL_{record.upper()}"
    for share in (0.0, 0.3, 0.7, 0.95):
        # Not between two lines: a CSV that ends there cannot be told from a whole one.
        (tmp_path / file).write_bytes(whole[: int(len(whole) * share)].rstrip(b"\n")[:-3])
        with pytest.raises(SourceError, match=f"{file}.*(incomplete|header)"):
            rows_of(read(record, **{variable: str(tmp_path / file)}))


@pytest.mark.parametrize("column", ["timestamp", "month", "date_uuid"])
def test_column_that_lacks_its_last_row_is_an_error(
    read: Callable[..., Reader], data: Path, tmp_path: Path, column: str
) -> None:
    content = json.loads((data / "sources" / "date_details.json").read_text())
    content[column].popitem()
    (tmp_path / "dates.json").write_text(json.dumps(content))
    with pytest.raises(SourceError, match=r"row \d+ is missing in a column"):
        rows_of(read("dates", RETAIL_DATES=str(tmp_path / "dates.json")))


@pytest.mark.parametrize("record", ["stores", "products"])
def test_text_that_is_not_utf_8_is_an_error(
    read: Callable[..., Reader], data: Path, tmp_path: Path, record: str
) -> None:
    whole = (data / "sources" / FILES[record]).read_bytes()
    (tmp_path / "file").write_bytes(whole[:-20] + b"\xff" + whole[-20:])
    variable = "RETAIL_STORES_API" if record == "stores" else f"RETAIL_{record.upper()}"
    with pytest.raises(SourceError, match="not UTF-8"):
        rows_of(read(record, **{variable: str(tmp_path / "file")}))


def test_cards_have_a_header_on_each_page(read: Callable[..., Reader]) -> None:
    rows = rows_of(read("cards"))
    assert len(rows) > 55
    assert not any("card_number" in row.values() for row in rows)


def test_blank_in_a_cell_is_no_border(read: Callable[..., Reader]) -> None:
    rows = rows_of(read("cards"))
    assert {"Diners Club / Carte Blanche", "VISA 16 digit"} <= {row["card_provider"] for row in rows}
    assert any(len(str(row["date_payment_confirmed"]).split()) == 3 for row in rows)


def test_state_tells_a_change_and_only_that(read: Callable[..., Reader], data: Path) -> None:
    for record in FILES:
        assert read(record).state() == read(record).state()
    file = data / "sources" / "products.csv"
    before = read("products").state()
    os.utime(file, (1, 1))
    assert read("products").state() != before


def test_rows_in_s3_are_those_of_files(
    read: Callable[..., Reader],
    data: Path,
    s3_server: Any,
    s3_client: Any,
    bucket: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    only_aws_of(s3_server, monkeypatch)
    for record in ("cards", "products", "dates"):
        wanted = rows_of(read(record))
        s3_client.upload_file(str(data / "sources" / FILES[record]), bucket, FILES[record])
        far = read(record, **{f"RETAIL_{record.upper()}": f"s3://{bucket}/{FILES[record]}"})
        assert rows_of(far) == wanted
        before = far.state()
        assert before
        s3_client.put_object(Bucket=bucket, Key=FILES[record], Body=b"other")
        assert far.state() != before
        s3_client.delete_object(Bucket=bucket, Key=FILES[record])
        with pytest.raises(SourceError, match=f"s3://{bucket}/{FILES[record]}: the file does not exist"):
            rows_of(far)


def copied(data: Path, url: str) -> None:
    """The tables of the generated file in another database."""
    source, target = sa.create_engine(f"sqlite:///{data / 'sources' / 'retail.sqlite'}"), sa.create_engine(url)
    found = sa.MetaData()
    found.reflect(source)
    for column in found.tables["orders_table"].columns:
        column.type = sa.BigInteger() if column.type.python_type is int else column.type
    found.tables["orders_table"].columns["1"].type = sa.Double()
    found.create_all(target)
    with source.connect() as read, target.begin() as write:
        for table in found.tables.values():
            write.execute(table.insert(), [dict(row._mapping) for row in read.execute(table.select())])
    source.dispose()
    target.dispose()


def test_rows_in_postgres_are_those_of_the_file(read: Callable[..., Reader], data: Path, postgres: str) -> None:
    wanted = {record: rows_of(read(record)) for record in ("users", "orders")}
    copied(data, postgres)
    for record, rows in wanted.items():
        assert rows_of(read(record, RETAIL_SOURCE_URL=postgres)) == rows


def test_table_in_postgres_tells_any_change_of_a_row(read: Callable[..., Reader], data: Path, postgres: str) -> None:
    copied(data, postgres)
    users = read("users", RETAIL_SOURCE_URL=postgres)
    states = [users.state()]
    for change in (
        "UPDATE legacy_users SET first_name = NULL WHERE index = (SELECT min(index) FROM legacy_users)",
        "INSERT INTO legacy_users SELECT * FROM legacy_users LIMIT 1",
        "DELETE FROM legacy_users WHERE index = (SELECT max(index) FROM legacy_users)",
        "TRUNCATE legacy_users",
    ):
        with sa.create_engine(postgres).begin() as connection:
            connection.execute(sa.text(change))
        states.append(users.state())
        assert users.state() == states[-1]
    assert None not in states
    assert len(set(states)) == 5


def test_connection_killed_in_the_middle_is_an_error(
    read: Callable[..., Reader], postgres: str, postgres_server: Any
) -> None:
    columns = "level_0, index, date_uuid, first_name, last_name, user_uuid, card_number, store_code, product_code"
    with sa.create_engine(postgres).begin() as connection:
        connection.execute(
            sa.text(
                f"CREATE TABLE orders_table AS SELECT {', '.join(f'n AS {name}' for name in columns.split(', '))}, "
                'n AS "1", n AS product_quantity FROM generate_series(1, 20000) n'
            )
        )
    rows = read("orders", RETAIL_SOURCE_URL=postgres).rows()
    next(rows)
    name = postgres.rpartition("/")[2]
    with postgres_server.connect() as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
    with pytest.raises(SourceError, match=r"orders_table: .*No rows were taken"):
        list(rows)


def test_password_is_never_shown(read: Callable[..., Reader]) -> None:
    reader = read("users", RETAIL_SOURCE_URL="postgresql://reader:s3cret@127.0.0.1:1/nowhere")
    assert "s3cret" not in reader.place
    with pytest.raises(SourceError) as raised:
        rows_of(reader)
    assert "s3cret" not in str(raised.value)


def test_missing_sqlite_file_is_not_made(read: Callable[..., Reader], tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"the file .*none\.sqlite does not exist"):
        rows_of(read("users", RETAIL_SOURCE_URL=f"sqlite:///{tmp_path / 'none.sqlite'}"))
    assert not (tmp_path / "none.sqlite").exists()


@pytest.fixture
def stores(data: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (data / "sources" / "stores.jsonl").read_text().splitlines()]


def test_api_gives_the_rows_of_the_file_whatever_it_refuses_at_first(
    read: Callable[..., Reader], stores: list[dict[str, Any]]
) -> None:
    wanted = rows_of(read("stores"))
    first = {"number_stores": [(503, {})], "store_details/3": [(429, {"Retry-After": "1"}), (500, {})]}
    with serving(StoresServer(stores, first=first)) as server:
        reader = read("stores", RETAIL_STORES_API=server.url, RETAIL_STORES_API_KEY="k3y")
        assert rows_of(reader) == wanted
        assert server.asked["store_details/3"] == 3


def test_wrong_key_is_told_after_one_request(read: Callable[..., Reader], stores: list[dict[str, Any]]) -> None:
    with serving(StoresServer(stores)) as server:
        reader = read("stores", RETAIL_STORES_API=server.url, RETAIL_STORES_API_KEY="wr0ng")
        with pytest.raises(SourceError, match="RETAIL_STORES_API_KEY") as raised:
            rows_of(reader)
        assert "wr0ng" not in str(raised.value)
        assert server.asked == {"number_stores": 1}


def test_missing_store_is_named(read: Callable[..., Reader], stores: list[dict[str, Any]]) -> None:
    with serving(StoresServer(stores, missing=frozenset({7}))) as server:
        reader = read("stores", RETAIL_STORES_API=server.url, RETAIL_STORES_API_KEY="k3y")
        with pytest.raises(SourceError, match=r"store_details/7: incomplete: HTTP status 404"):
            rows_of(reader)
