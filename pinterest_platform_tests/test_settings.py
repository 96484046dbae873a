"""Each setting that is a path means the same place, however it is written; what is wrong shows no password."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pinterest_platform.folders import told
from pinterest_platform.settings import Settings, SettingsError, load_settings

DOCS = Path(__file__).parents[1] / "docs"
PATHS = {
    "PINTEREST_DATA": lambda settings: str(settings.data),
    "PINTEREST_LANDING": lambda settings: settings.landing_root,
    "PINTEREST_LAKE": lambda settings: settings.lake_root,
    "PINTEREST_SPARK_JARS": lambda settings: str(settings.spark_jars),
    "PINTEREST_STREAMS": lambda settings: str(settings.streams),
    "PINTEREST_KAFKA_CA_FILE": lambda settings: str(settings.kafka_ca_file),
    "JAVA_HOME": lambda settings: str(settings.java_home),
    "DAGSTER_HOME": lambda settings: str(settings.dagster_home),
}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in PATHS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.mark.parametrize("written", ["~/at", "$HOME/at", "${HOME}/at"])
def test_home_is_the_real_one_in_variables_and_in_the_file(written: str, home: Path, monkeypatch) -> None:
    for name, read in PATHS.items():
        Path(".env").write_text(f"{name}={written}\n")
        assert read(Settings()) == str(home / "at"), f"{name} in .env"
        Path(".env").unlink()
        monkeypatch.setenv(name, written)
        assert read(Settings()) == str(home / "at"), f"the variable {name}"
        monkeypatch.delenv(name)


def test_a_folder_is_that_of_the_start_wherever_the_program_is_later(tmp_path: Path, monkeypatch) -> None:
    settings = load_settings(data="data", lake="lake", _env_file=None)
    monkeypatch.chdir("/")
    assert settings.landing_root == str(tmp_path / "data/landing")
    assert settings.lake_root == str(tmp_path / "lake")
    assert settings.dagster_home == tmp_path / "data/dagster"


def test_addresses_and_sources_that_are_no_paths_stay_as_they_are(home: Path) -> None:
    settings = load_settings(landing="s3://bucket/~/landing", lake="", source_url="mysql+pymysql://~:$x@host/db")
    assert settings.landing_root == "s3://bucket/~/landing"
    assert settings.source == "mysql+pymysql://~:$x@host/db"
    assert load_settings(source_url="sqlite:///~/source.db").source == f"sqlite:///{home}/source.db"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DAGSTER_HOME", "", "DAGSTER_HOME='': it is empty; set a folder"),
        ("PINTEREST_DATA", " ", "PINTEREST_DATA=' ': it is empty; set a folder"),
        ("PINTEREST_LAKE", "$NO_SUCH_FOLDER/lake", "it contains the variable $NO_SUCH_FOLDER, which is not set"),
        ("PINTEREST_LANDING", "~nobody-of-this-name/landing", "a user who does not exist"),
    ],
)
def test_path_that_means_nothing_is_refused(name: str, value: str, said: str, monkeypatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as error:
        load_settings()
    assert said in str(error.value)


def test_password_in_a_url_is_not_shown() -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(kinesis_endpoint="ftp://ann:p@ss-w0rd@host", _env_file=None)
    assert "PINTEREST_KINESIS_ENDPOINT='ftp://***@host'" in str(error.value)


def test_link_is_told_with_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "disk/lake").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    assert told(tmp_path / "disk/lake") == str(tmp_path / "disk/lake")
    assert told(tmp_path / "link/lake") == f"{tmp_path}/link/lake (resolves to {tmp_path}/disk/lake)"


def test_each_variable_is_in_the_table_of_a_page() -> None:
    pages = ["settings", *re.findall(r"\]\((\w[\w-]*)\.md\)", (DOCS / "settings.md").read_text())]
    told: set[str] = set()
    for page in pages:
        cells = re.findall(r"^\| ([^|]+) \|", (DOCS / f"{page}.md").read_text(), re.MULTILINE)
        told |= {name for cell in cells for name in re.findall(r"`([A-Z_]+)`", cell)}
    fields = {field.validation_alias or f"PINTEREST_{name.upper()}" for name, field in Settings.model_fields.items()}
    # What spark-submit gives is not for people to set.
    assert fields - told == {"PYSPARK_GATEWAY_PORT"}
    assert {name for name in told if name.startswith("PINTEREST_")} <= fields


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("abc", r"^PINTEREST_RUN_TAGS='abc': set a JSON object \(Expecting value: line 1 column 1 \(char 0\)\)$"),
        ("[1]", r"^PINTEREST_RUN_TAGS=\[1\]: Input should be a valid dictionary$"),
        ('{"refresh_all": "x"}', "^PINTEREST_RUN_TAGS='x': Input should be a valid dictionary$"),
    ],
)
def test_what_should_be_json(given: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PINTEREST_RUN_TAGS", given)
    with pytest.raises(SettingsError, match=told):
        load_settings()
