"""Each RETAIL_ variable is read before anything is done; one that is wrong is told, without its secrets."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from pinterest_platform.domains import load
from pinterest_platform.retail import RETAIL
from pinterest_platform.retail.settings import RetailSettings, retail_settings
from pinterest_platform.settings import Settings, SettingsError

PAGE = Path(__file__).parents[2] / "docs/retail.md"


@pytest.fixture(autouse=True)
def nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("RETAIL_", "PINTEREST_"))]:
        monkeypatch.delenv(name)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(data=tmp_path, domain="retail")[0]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "RETAIL_SOURCE_URL",
            "ann:s3cret@host/db",
            "RETAIL_SOURCE_URL=***: use a SQLAlchemy URL, such as postgresql://",
        ),
        ("RETAIL_SOURCE_URL", "postgres://ann:s3cret@host/db", "RETAIL_SOURCE_URL=***: use a SQLAlchemy URL"),
        (
            "RETAIL_SOURCE_URL",
            "sqlite:///$NO_SUCH_FOLDER/a.sqlite",
            "it contains the variable $NO_SUCH_FOLDER, which is not set",
        ),
        ("RETAIL_CARDS", "ftp://ann:s3cret@host/a.pdf", "RETAIL_CARDS='ftp://***@host/a.pdf': use a path, or"),
        ("RETAIL_CARDS", "$NO_SUCH_FOLDER/a.pdf", "it contains the variable $NO_SUCH_FOLDER, which is not set"),
        ("RETAIL_DATES", "s3://bucket", "it names a bucket; name a file in it"),
        ("RETAIL_PRODUCTS", "s3://B/a.csv", "'s3://B/a.csv' is not an S3 address"),
        ("RETAIL_STORES_API", "https://host/prod", "set RETAIL_STORES_API_KEY"),
    ],
)
def test_wrong_value_is_told_before_anything_is_read(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        RETAIL.sources(settings)
    assert said in str(raised.value)
    assert "s3cret" not in str(raised.value)


def test_paths_are_those_of_the_user(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    Path(".env").write_text("RETAIL_CARDS=~/a.pdf\nRETAIL_SOURCE_URL=sqlite:///$HOME/a.sqlite\nRETAIL_DATES=d.json\n")
    found = retail_settings(settings)
    assert (found.cards, found.dates) == ("/home/ann/a.pdf", f"{tmp_path}/d.json")
    assert found.source_url.get_secret_value() == "sqlite:////home/ann/a.sqlite"
    assert found.products == f"{tmp_path}/retail/sources/products.csv"


def test_page_has_each_variable() -> None:
    [table] = re.findall(r"^\| variable \|.*?\n\n", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    told = set(re.findall(r"^\| `(RETAIL_\w+)`", table, re.MULTILINE))
    assert told == {"RETAIL_WAREHOUSE_URL", *(f"RETAIL_{name.upper()}" for name in RetailSettings.model_fields)}
