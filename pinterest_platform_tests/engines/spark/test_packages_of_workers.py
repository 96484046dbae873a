"""What Python workers of a server must have, since this package imports it in them, is what docs/engines.md says."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]
#: What runs in executors, with what it imports there only.
CODE = """
import sys
from importlib.metadata import packages_distributions

import pyarrow
from pinterest_platform.engines.spark import staging, writing

known = packages_distributions()
print(*{found for name in sys.modules for found in known.get(name.partition(".")[0], [])})
"""


def declared(*extras: str) -> set[str]:
    """Names of packages that the project depends on."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    entries = [
        *project["dependencies"],
        *(entry for extra in extras for entry in project["optional-dependencies"][extra]),
    ]
    return {re.split(r"[\[<>=]", entry)[0] for entry in entries}


def test_docs_name_what_is_imported_in_workers() -> None:
    told = re.sub(r"\s+", " ", (ROOT / "docs" / "engines.md").read_text())
    [(always, in_s3)] = re.findall(
        r"workers need this version of Python with ([^.]+)\. For S3 they also need ([^.]+)\.", told
    )
    named, of_s3 = (set(re.split(", | and ", text)) for text in (always, in_s3))
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & declared("spark") == named
    assert of_s3 < declared("aws")
