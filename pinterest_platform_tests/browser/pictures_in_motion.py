"""The pictures of docs/at-a-glance.md, made by what they show: `make pictures`.

A stream has been read before Dagster's UI is opened. The exported DAG runs in an Airflow of a version that MWAA has,
with the tables' tasks done on this machine.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from pinterest_platform.exports.mwaa.dag import files
from pinterest_platform.settings import load_settings
from pinterest_platform.stack.ports import choose_port
from pinterest_platform_tests.browser.chromium import chromium
from pinterest_platform_tests.browser.pictures import opened, settle
from pinterest_platform_tests.browser.ui import UI
from pinterest_platform_tests.cli.conftest import PROGRAM, runner, started
from pinterest_platform_tests.integration.airflow.environments import PASSWORD, USER, Airflow, ApiServer
from pinterest_platform_tests.landing_data import catalog

_AIRFLOW = "2.10.3"
_PRESENT = {"width": 1280, "height": 620}


def make(folder: Path) -> None:
    """Write `sensor.png`, `stream.png` and `airflow.png` into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        call = runner(Path(made))
        for command in ("demo --stream", "demo"):
            done = call(*command.split())
            assert done.returncode == 0, done.stdout + done.stderr
        _dagster(Path(made), folder)
        _airflow(Path(made), folder)


def _dagster(work: Path, folder: Path) -> None:
    port = choose_port()
    ui = UI(f"http://127.0.0.1:{port}")
    # Where the streams of the demo were: with it they are shown as tables that can be made.
    reached = {"PINTEREST_KINESIS_ENDPOINT": "http://127.0.0.1:4567"}
    with started(work, "dev", "--port", str(port), **reached) as process:
        process.wait_until(ui.is_there)
        with chromium() as browser:
            page = opened(browser, f"{ui.address}/automation", **_PRESENT)
            page.get_by_text("new_landing_objects").first.wait_for(timeout=120_000)
            settle(page)
            page.screenshot(path=folder / "sensor.png")
            page = opened(browser, f"{ui.address}/assets/stream/pin", width=1280, height=900)
            page.get_by_text("Row count").wait_for(timeout=120_000)
            settle(page)
            # Without what says in which folder of this machine the lake was.
            page.screenshot(path=folder / "stream.png", clip={"x": 0, "y": 0, "width": 960, "height": 700})
        process.interrupt()
        process.wait(60)


def _airflow(work: Path, folder: Path) -> None:
    settings = load_settings(data=work / "data", _env_file=None)
    airflow = Airflow.fresh(_AIRFLOW, work / "airflow")
    given = {"landing": settings.landing_root, "lake": settings.lake_root, "command": str(PROGRAM)}
    airflow.variables |= {
        f"AIRFLOW_VAR_{settings.airflow_prefix.upper()}_{name.upper()}": value for name, value in given.items()
    }
    exported = files(catalog(), settings, target="command", granularity="table", airflow=_AIRFLOW)
    (airflow.home / "dags" / f"{settings.airflow_dag}.py").write_text(exported[f"dags/{settings.airflow_dag}.py"])
    airflow.call("dags", "reserialize")
    assert airflow.run_dag(settings.airflow_dag), airflow.log()
    server = ApiServer(airflow, work / "server")
    server.start()
    try:
        with chromium() as browser:
            _graph(browser, f"{server.url}/dags/{settings.airflow_dag}/grid?tab=graph", folder / "airflow.png")
    finally:
        server.stop()


def _graph(browser: Browser, address: str, picture: Path) -> None:
    page = opened(browser, address, width=1440, height=960)
    page.fill("input[name=username]", USER)
    page.fill("input[name=password]", PASSWORD)
    page.click("input[type=submit]")
    page.goto(address, wait_until="domcontentloaded")
    page.get_by_text("raw__pin").first.wait_for(timeout=60_000)
    # That no scheduler runs: the run was started by `airflow dags test`.
    page.evaluate("() => document.querySelectorAll('.alert').forEach(told => told.remove())")
    settle(page)
    page.screenshot(path=picture)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
