"""A domain of one's own: what `init` writes, the page about it, and how PINTEREST_DOMAIN finds one or says why not."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from pinterest_platform.domain import Domain, DomainError
from pinterest_platform.domains import BUILT_IN, load, load_domain
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.pinterest.records import PIN, RECORDS
from pinterest_platform.settings import load_settings
from pinterest_platform.starter import write_starter
from pinterest_platform_tests.cli.conftest import Cli, environment, runner

PAGE = Path(__file__).parents[2] / "docs" / "your-own-domain.md"
_BLOCK = re.compile(r"^```(bash|sql)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^(pinterest-platform .+)\n", re.MULTILINE)
_FILE = re.compile(r"Write `(models/[\w/]+\.sql)`")


def test_page_works_from_its_first_command_to_its_last(tmp_path: Path) -> None:
    """Its blocks one after the other, as a shell runs them: a file of SQL is written where the page says."""
    text = PAGE.read_text()
    [file] = _FILE.findall(text)
    outputs, folder = [], tmp_path
    for kind, block in _BLOCK.findall(text):
        if kind == "sql":
            (folder / file).write_text(block)
            continue
        outputs.append("")
        for part in filter(None, _COMMAND.split(block)):
            if part.startswith("cd "):
                folder /= part.split()[1]
                continue
            program, *arguments = shlex.split(part)
            if program == "pinterest-platform":
                done = runner(folder)(*arguments)
            else:
                bash = ["bash", "-e", "-c", part]
                done = subprocess.run(bash, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{part}\n{done.stdout}\n{done.stderr}"
            outputs[-1] += done.stdout
    made, looked_at, landed, added = outputs
    assert "analytics/rides_by_zone" in made
    for said in ("Harbour", "next offsets 0: 10", 'fare: "free" is not a number', "COUNT(*)", "report.html"):
        assert said in looked_at
    assert re.search(r"raw/ride +10 rows .* 1 added", landed)
    assert re.search(r"2026-01-06 +│ +47.5", added)


def test_folder_says_of_itself_what_it_is(tmp_path: Path) -> None:
    written = write_starter(tmp_path / "night-taxi")
    for file in ("night_taxi_domain.py", ".env", "workspace.yaml", "README.md", "models/cleaned/ride.sql"):
        assert Path(file) in written
    assert "PINTEREST_DOMAIN=night_taxi_domain:NIGHT_TAXI" in (tmp_path / "night-taxi/.env").read_text()
    assert len((tmp_path / "night-taxi/README.md").read_text().splitlines()) <= 10


@pytest.mark.parametrize(
    ("name", "message"),
    [("full", "is not empty. Give a new or empty folder."), ("2taxis", "'2taxis' is not lower_snake_case")],
)
def test_folder_that_cannot_be_one(tmp_path: Path, cli: Cli, name: str, message: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("kept")
    done = cli("init", name)
    assert (done.returncode, message in done.stderr) == (1, True)
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("retial", "PINTEREST_DOMAIN='retial': no such domain; use pinterest, retail or module:NAME"),
        ("taxi:", "PINTEREST_DOMAIN='taxi:': no such domain"),
        ("no_such_module:TAXI", "no module named 'no_such_module'. Run this in the folder that contains it"),
        ("json:TAXI", "TAXI in the module json does not exist"),
        ("json:dumps", "dumps in the module json is a function, not a Domain"),
    ],
)
def test_domain_that_is_none(reference: str, message: str, cli: Cli) -> None:
    with pytest.raises(DomainError, match=re.escape(message)):
        load_domain(reference)
    done = cli("--domain", reference, "tables")
    assert done.returncode == 1
    assert message in done.stderr


def test_command_of_another_domain_says_so(cli: Cli, tmp_path: Path) -> None:
    write_starter(tmp_path / "taxi")
    done = cli("generate", PINTEREST_DOMAIN="taxi_domain:TAXI", PYTHONPATH=str(tmp_path / "taxi"))
    assert done.returncode == 1
    assert "no module named 'taxi_domain'" in done.stderr
    (tmp_path / "taxi_domain.py").write_text((tmp_path / "taxi" / "taxi_domain.py").read_text())
    done = cli("generate", PINTEREST_DOMAIN="taxi_domain:TAXI")
    assert done.returncode == 1
    assert "this command works with the source of the domain 'pinterest' only." in done.stderr


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Taxi"}, "'Taxi' in name is not lower_snake_case"),
        ({"records": {}}, "records is empty; add at least one"),
        ({"records": {"ride": PIN}}, "records has 'pin' under the key 'ride'; they must be equal"),
        ({"records": {"rejected": PIN}}, "a record cannot be named 'rejected'"),
        (
            {"asset_prefix": ("my-taxi",)},
            "'my-taxi' in asset_prefix is the name of a layer, or is not lower_snake_case",
        ),
        ({"asset_prefix": ("cleaned",)}, "'cleaned' in asset_prefix is the name of a layer"),
        ({"layers": {"raw": "Mine."}}, "layer 'raw' is reserved"),
    ],
)
def test_domain_that_contradicts_itself(changes: dict[str, object], message: str) -> None:
    given = {"name": "taxi", "records": {"pin": PIN}, "models": Path("models"), **changes}
    with pytest.raises(DomainError, match=re.escape(message)):
        Domain(**given)  # type: ignore[arg-type]


def test_built_in_domain_has_a_short_name() -> None:
    assert load_domain("pinterest") == PINTEREST
    assert {load_domain(name).name for name in BUILT_IN} == set(BUILT_IN)


def test_each_domain_has_a_folder_of_its_own_and_dagsters_home_is_shared() -> None:
    settings = load_settings(data=Path("/data"), lake="", landing="", dagster_home_folder=None, _env_file=None)
    beside = Domain(name="taxi", records=RECORDS, models=Path("models"))
    assert settings.below(beside.data_folder).lake_root == "/data/taxi/lake"
    assert settings.below(beside.data_folder).landing_root == "/data/taxi/landing"
    assert settings.below(beside.data_folder).dagster_home == Path("/data/dagster")
    assert settings.below(PINTEREST.data_folder) == settings
    elsewhere = settings.model_copy(update={"lake": "s3://bucket/lake"})
    assert elsewhere.below(beside.data_folder).lake_root == "s3://bucket/lake"


def test_commands_look_into_the_folder_of_the_domain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where another domain's tables are beside them, neither takes those of the other for its own."""
    module = ModuleType("beside_domain")
    module.BESIDE = Domain(name="beside", records=RECORDS, models=tmp_path)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    given = {"data": tmp_path, "lake": "", "landing": "", "_env_file": None}
    settings, domain = load(domain="beside_domain:BESIDE", **given)
    assert domain.name == "beside"
    assert (settings.lake_root, settings.landing_root) == (f"{tmp_path}/beside/lake", f"{tmp_path}/beside/landing")
    settings, _ = load(domain="pinterest", **given)
    assert settings.lake_root == f"{tmp_path}/lake"


def test_nothing_of_a_domain_is_imported_by_its_name_alone() -> None:
    """`--help` and a domain of one's own pay for no report, no live results and no source of Pinterest's."""
    program = (
        "import sys\n"
        "from pinterest_platform.domains import load_domain\n"
        "load_domain('pinterest')\n"
        "heavy = ('duckdb', 'sqlalchemy', 'pinterest_platform.report', 'pinterest_platform.live')\n"
        "print([name for name in sys.modules if name.startswith(heavy)])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
