"""The command report: writes the results as one page: current, as of an earlier time, or compared with it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from pinterest_platform.cli.output import console

_VERSION = "an ISO 8601 time in UTC, or a version of cleaned/pin (in other domains, of the first cleaned table)"


def report(
    out: Annotated[Path | None, typer.Option(help="File to write. Default: report.html in PINTEREST_DATA.")] = None,
    open_it: Annotated[bool, typer.Option("--open", help="Open the page in the browser of this machine.")] = False,
    as_of: Annotated[str | None, typer.Option(help=f"Use the tables as of {_VERSION}.")] = None,
    compare: Annotated[str | None, typer.Option(help=f"Show the changes since {_VERSION}.")] = None,
) -> None:
    """Write the results as one HTML page: pictures, each finding in words, and the quality of the data.

    The page needs no network and no script. Every run also writes one to the lake, at report/overview.html.

    Examples: `pinterest-platform report --open`, `pinterest-platform report --as-of 2026-11-20T08:00:00`,
    `pinterest-platform report --compare 1`
    """
    from pinterest_platform.catalog import Catalog
    from pinterest_platform.catalog.derivation import Derivations
    from pinterest_platform.domains import load
    from pinterest_platform.engines import build_engine
    from pinterest_platform.pseudonym_secret import pseudonyms_of
    from pinterest_platform.report.page import render
    from pinterest_platform.report.reading import Reader

    settings, domain = load()
    catalog = Catalog.load(domain, pseudonyms_of(settings))
    out = out or settings.data / "report.html"
    with closing(build_engine(settings, catalog)) as engine:
        overview = Reader(settings, catalog, engine, as_of).overview()
        before = Reader(settings, catalog, engine, compare).overview() if compare is not None else None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(render(overview, before, derivations=Derivations(catalog)), encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"--out {out}: cannot be written: {error.strerror}") from error
    console().print(f"{out}: {out.stat().st_size // 1024:,} KB", soft_wrap=True)
    if open_it:
        typer.launch(out.absolute().as_uri())
