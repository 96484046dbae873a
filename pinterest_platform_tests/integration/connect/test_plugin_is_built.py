"""The plugin with the sink: what is in it, and the command that tests the sink and makes it."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from pinterest_platform.stack.connect import sink_plugins
from pinterest_platform.stack.connector import PROJECT

pytestmark = pytest.mark.servers


def test_plugin_brings_what_the_worker_has_not() -> None:
    plugins = sink_plugins(print)
    assert_complete([file.relative_to(plugins) for file in plugins.rglob("*.jar")])


@pytest.mark.long
def test_one_command_tests_the_sink_and_makes_a_plugin_zip(tmp_path: Path) -> None:
    command = ["mvn", "--batch-mode", "--file", str(PROJECT / "pom.xml"), "package", f"-Dbuild.folder={tmp_path}"]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout[-4_000:]
    assert "Failures: 0, Errors: 0, Skipped: 0" in built.stdout
    with zipfile.ZipFile(tmp_path / "landing-sink-plugin.zip") as plugin:
        assert_complete([Path(name) for name in plugin.namelist() if not name.endswith("/")])


def assert_complete(jars: list[Path]) -> None:
    assert {str(jar.parent) for jar in jars} == {"landing-sink/lib"}
    names = {jar.name.rpartition("-")[0] for jar in jars}
    assert {"landing-sink", "s3", "sts", "url-connection-client", "jackson-core"} <= names
    assert not {"connect-api", "kafka-clients", "slf4j-api"} & names, "the worker has these, of its own version"
