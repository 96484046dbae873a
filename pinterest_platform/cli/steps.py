"""Shared parts of the demos: step headings, the run of the graph, its results and the rejected lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING

from pinterest_platform.cli.output import console, print_table

if TYPE_CHECKING:
    from pinterest_platform.catalog import Catalog
    from pinterest_platform.domain import Domain
    from pinterest_platform.engines.contract import Engine
    from pinterest_platform.settings import Settings

#: The value in a reason, such as `age: "old" is not a number`.
_VALUE = re.compile(r'(?<=: )"(?:[^"\\]|\\.)*"(?= )')


def step(number: int, title: str) -> None:
    console().print(f"\n[bold]{number}. {title}[/]")


def run_and_show(
    settings: Settings,
    domain: Domain,
    show: Callable[[Catalog, Engine], None],
    *,
    number: int,
    title: str,
    example: str,
) -> bool:
    """Run the graph as step `number`, show its results and the rejected lines, and return whether everything succeeded.

    Args:
        show: prints the results.
        example: a SELECT to suggest at the end.
    """
    from pinterest_platform.catalog import Catalog
    from pinterest_platform.cli.runs import execute
    from pinterest_platform.engines import build_engine
    from pinterest_platform.pseudonym_secret import pseudonyms_of

    step(number, title)
    succeeded = execute(settings, domain, [])
    catalog = Catalog.load(domain, pseudonyms_of(settings))
    with closing(build_engine(settings, catalog)) as engine:
        step(number + 1, "Results")
        show(catalog, engine)
        _show_rejected(engine)
    console().print(
        f"\nThe tables are Delta tables under {settings.lake_root}. Query them, for example:", soft_wrap=True
    )
    console().print(f'  {domain_command(domain)} query "{example}"', soft_wrap=True)
    return succeeded


def domain_command(domain: Domain) -> str:
    """The command that starts the program for a domain."""
    from pinterest_platform.settings import DEFAULT_DOMAIN

    named = "" if domain.reference in ("", DEFAULT_DOMAIN) else f" --domain {domain.reference}"
    return f"pinterest-platform{named}"


def _show_rejected(engine: Engine) -> None:
    """Count lines by topic and reason. Reasons that differ only in the value count together."""
    rejected = engine.query(
        "SELECT kafka_topic, reason, COUNT(*) AS line_count FROM raw.rejected GROUP BY kafka_topic, reason"
    )
    lines = Counter[tuple[str, str]]()
    said: dict[tuple[str, str], set[str]] = {}
    for topic, reason, count in rejected.rows:
        kind = str(topic).rpartition(".")[2], _VALUE.sub('"..."', str(reason))
        lines[kind] += count
        said.setdefault(kind, set()).add(str(reason))
    shown = [
        (count, kind[0], min(said[kind]) if len(said[kind]) == 1 else kind[1])
        for kind, count in sorted(lines.items(), key=lambda item: (-item[1], item[0]))
    ]
    console().print("\nRejected lines, kept in raw.rejected with their text and origin:")
    print_table(("lines", "of", "reason"), shown)
