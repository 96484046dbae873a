"""A table whose newest commit was emptied by a bad copy, as its owner meets it: the error, a dry run, the repair."""

from __future__ import annotations

from pathlib import Path

from pinterest_platform_tests.cli.conftest import runner
from pinterest_platform_tests.landing_data import PREFIX, open_platform, pin


def test_emptied_commit_is_named_repaired_and_made_again(tmp_path: Path) -> None:
    platform = open_platform(tmp_path / "data")
    for start in (0, 3):
        platform.landing.put(start, [pin(start + n) for n in range(3)])
        platform.engine.ingest("pin")
    newest = sorted((tmp_path / "data/lake/raw/pin/_delta_log").glob("*.json"))[-1]
    newest.write_bytes(b"")
    call = runner(tmp_path)

    refused = call("query", "SELECT COUNT(*) FROM raw.pin")
    assert refused.returncode == 1
    assert f"raw/pin: {newest.name} is empty" in refused.stderr
    assert "`pinterest-platform repair raw/pin`" in refused.stderr

    tried = call("repair", "raw/pin", "--dry-run")
    assert (tried.returncode, newest.read_bytes()) == (0, b"")
    assert "A repair would move the damaged files to" in tried.stdout

    done = call("repair", "raw/pin")
    assert done.returncode == 0
    [told, kept, lost] = done.stdout.splitlines()
    assert told == f"raw/pin: {newest.name} is empty"
    assert (Path(kept.partition(" in ")[2].rstrip(".")) / newest.name).read_bytes() == b""
    assert lost == (
        f"The changes of version {int(newest.stem)} are lost. The next `pinterest-platform run` reads the records "
        "again, if the landing zone still has them."
    )
    assert "raw/pin: its log is not damaged." in call("repair", "raw/pin").stdout

    assert call("refresh", "raw/pin", PINTEREST_TOPIC_PREFIX=PREFIX).returncode == 0
    assert open_platform(tmp_path / "data").offsets() == list(range(6))
