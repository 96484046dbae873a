"""Airflows to run the exported DAG in: one environment a version, made once in the user's cache, a home for each use.

They are installed with the constraints that are exported, of Python 3.11 here: those of Airflow 3.2.1, published for
3.12, resolve to the same versions on either.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import uv

from pinterest_platform.cache import cache_folder, once
from pinterest_platform.stack.process import Launch, Server
from pinterest_platform_tests.cli.conftest import environment

USER, PASSWORD = "watcher", "secret-of-the-watcher"

_PROVIDERS = ["databricks", "amazon[aiobotocore]"]
_EXTRA = {"2.10.3": [], "3.2.1": ["standard"]}


def installed(version: str) -> Path:
    """The environment of that version, in its folder `venv`, with an empty metadata database beside it."""
    constraints = Path(str(files("pinterest_platform.exports.mwaa") / f"constraints-{version}.txt"))
    providers = [f"apache-airflow-providers-{name}" for name in _PROVIDERS + _EXTRA[version]]
    key = json.dumps([sys.version_info[:2], providers, constraints.read_text()])
    return once(
        cache_folder() / f"airflow-{version}-{hashlib.sha256(key.encode()).hexdigest()[:12]}",
        lambda folder: _install(folder, version, ["--constraint", str(constraints), *providers]),
    )


def _install(folder: Path, version: str, requirements: list[str]) -> None:
    program, venv = uv.find_uv_bin(), folder / "venv"
    _call(program, "venv", "--quiet", "--relocatable", "--python", sys.executable, str(venv))
    _call(program, "pip", "install", "--quiet", "--python", str(venv), f"apache-airflow=={version}", *requirements)
    airflow = Airflow(version, venv, folder / "home")
    airflow.home.mkdir()
    airflow.call("db", "migrate")
    if version.startswith("2"):
        name = ["--firstname", "any", "--lastname", "any", "--email", "any@example.com", "--role", "Admin"]
        airflow.call("users", "create", "--username", USER, "--password", PASSWORD, *name)


def _call(*command: str, **options: Any) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout[-5000:]}\n{done.stderr[-5000:]}"
    return done


@dataclass
class Airflow:
    """An Airflow with a home of its own; `variables` are environment variables of all its processes."""

    version: str
    venv: Path
    home: Path
    variables: dict[str, str] = field(default_factory=dict)

    @classmethod
    def fresh(cls, version: str, home: Path) -> Airflow:
        made = installed(version)
        (home / "dags").mkdir(parents=True)
        shutil.copy(made / "home" / "airflow.db", home)
        return cls(version, made / "venv", home)

    @property
    def program(self) -> list[str]:
        return [str(self.venv / "bin" / "python"), "-m", "airflow"]

    @property
    def environment(self) -> dict[str, str]:
        # What is compiled is kept, whatever this machine is set to: compiling is half of what a start takes.
        compiled = {"PYTHONDONTWRITEBYTECODE": ""}
        own = {"AIRFLOW_HOME": str(self.home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False", **compiled}
        return {**environment(), **own, **self.variables}

    def call(self, *arguments: str) -> str:
        """What the command says; it has to succeed."""
        done = _call(*self.program, *arguments, env=self.environment, cwd=self.home)
        return done.stdout + done.stderr

    def run_dag(self, dag: str) -> bool:
        """Whether the run of `airflow dags test` succeeded. What it said is in `log`."""
        command = [*self.program, "dags", "test", dag]
        with (self.home / "log").open("a") as log:
            done = subprocess.run(command, env=self.environment, cwd=self.home, stdout=log, stderr=log, check=False)
        return done.returncode == 0

    def log(self) -> str:
        """The end of what runs have said."""
        return (self.home / "log").read_text()[-8000:]

    def python(self, script: Path, *arguments: str) -> Any:
        """What the script prints last, as JSON."""
        python = str(self.venv / "bin" / "python")
        done = _call(python, str(script), *arguments, env=self.environment, cwd=self.home)
        return json.loads(done.stdout.splitlines()[-1])

    def states(self, dag: str) -> dict[str, tuple[str, int]]:
        """State and number of tries of each task of the only run of the DAG."""
        with sqlite3.connect(self.home / "airflow.db") as database:
            query = "SELECT task_id, state, try_number FROM task_instance WHERE dag_id = ?"
            rows = database.execute(query, (dag,)).fetchall()
        assert len({row[0] for row in rows}) == len(rows), rows
        return {task: (state, tries) for task, state, tries in rows}


class ApiServer(Server):
    """The REST API of an Airflow: its web server in version 2, its API server in version 3."""

    def __init__(self, airflow: Airflow, folder: Path) -> None:
        super().__init__("airflow", folder)
        self._airflow = airflow

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port()}"

    def launch(self) -> Launch:
        python, *airflow = self._airflow.program
        if self._airflow.version.startswith("2"):
            # As `airflow webserver` does, which makes the application a second time only to watch over this one.
            server = ["-m", "gunicorn", "--workers", "1", "--preload", "--bind", f"127.0.0.1:{self.port()}"]
            named = ["--config", "python:airflow.www.gunicorn_config", "airflow.www.app:cached_app()"]
            own = {"AIRFLOW__API__AUTH_BACKENDS": "airflow.api.auth.backend.basic_auth"}
            return Launch([python, *server, *named], {**self._airflow.environment, **own})
        passwords = self.folder / "passwords.json"
        own = {
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:viewer",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        }
        command = [python, *airflow, "api-server", "--host", "127.0.0.1", "--port", str(self.port()), "--workers", "1"]
        return Launch(command, {**self._airflow.environment, **own}, {passwords.name: json.dumps({USER: PASSWORD})})

    def ask(self) -> str:
        import requests

        version = "v1" if self._airflow.version.startswith("2") else "v2"
        answer = requests.get(f"{self.url}/api/{version}/version", timeout=5)
        answer.raise_for_status()
        return str(answer.json()["version"])
