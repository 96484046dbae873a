"""Renders the page: a single HTML file without scripts, other files or network access.

A `Report` decides how each result is shown. `templates/overview.html.j2` has the layout.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from pinterest_platform.catalog.derivation import Derivations
from pinterest_platform.report import quality, words
from pinterest_platform.report.compare import Changes, changes
from pinterest_platform.report.figures.svg import Figure, inline, templates
from pinterest_platform.report.lineage import lineage
from pinterest_platform.report.quality import Table
from pinterest_platform.report.reading import Overview, Result
from pinterest_platform.report.sections import Overall

#: Rows of a result on the page; `pinterest-platform query` shows the others.
_ROWS = 400
#: Most characters of a value in a table.
_LONGEST = 100


@dataclass(frozen=True)
class Article:
    """One result for the template. If there is an earlier reading: the `changes` since, and the finding `before` if it
    was different."""

    identity: str
    question: str
    finding: str
    figure: Figure | None
    picture: Markup
    description: str
    resting: int | None
    total: int
    table: Table
    changes: Changes | None = None
    before: str = ""


def render(
    overview: Overview, before: Overview | None = None, *, derivations: Derivations | None = None, mark: str = ""
) -> str:
    """The page as HTML. With `before` it also shows the changes since then, with `derivations` the lineage of columns.
    The head of the page contains `mark`, which identifies its inputs."""
    report = overview.report
    known = list(report.sections)
    results = sorted(overview.results.values(), key=lambda result: _place(known, result.model.name))
    parts: dict[str, list[Article]] = {name: [] for name in report.parts}
    for result in results:
        parts[report.part(result.model)].append(_article(result, overview, before))
    if report.overall:
        parts[report.overall.part].append(_overall(report.overall, overview.amounts))
    return (
        templates()
        .get_template("overview.html.j2")
        .render(
            overview=overview,
            before=before,
            parts={name: articles for name, articles in parts.items() if articles},
            quality=quality.said(overview),
            arrived=quality.arrived(overview, before),
            reasons=quality.reasons(overview),
            made_from=quality.made_from(overview),
            tables=quality.tables(overview, before),
            lineage=lineage(derivations, overview.results) if derivations else (),
            made=datetime.now(UTC),
            mark=mark,
            words=words,
        )
    )


def _place(known: Sequence[str], name: str) -> tuple[int, str]:
    return (known.index(name) if name in known else len(known), name)


def _article(result: Result, overview: Overview, before: Overview | None) -> Article:
    model, report = result.model, overview.report
    figure = report.figure(model, result.rows)
    finding = _finding(result, overview)
    then = before.results.get(model.address) if before else None
    said = _finding(then, before) if before and then else finding
    return Article(
        identity=model.name.replace("_", "-"),
        question=report.question(model),
        finding=finding,
        figure=figure,
        picture=inline(figure, model.name) if figure else Markup(),
        description=model.description,
        resting=result.resting,
        total=result.total,
        table=_table(result),
        changes=changes(model, then.rows, result.rows) if then else None,
        before=said if said != finding else "",
    )


def _finding(result: Result, overview: Overview) -> str:
    def rows_of(address: str) -> Sequence[tuple[Any, ...]]:
        return overview.results[address].rows if address in overview.results else ()

    return overview.report.finding(result.model, result.rows, rows_of)


def _table(result: Result) -> Table:
    names = tuple(column.name for column in result.model.columns)
    numeric = [any(_is_number(row[place]) for row in result.rows) for place in range(len(names))]
    rows = [[_cell(value, name) for value, name in zip(row, names, strict=True)] for row in result.rows[:_ROWS]]
    return Table(result.model.address, names, numeric, rows, max(result.total - _ROWS, 0))


def _overall(overall: Overall, amounts: Mapping[str, int]) -> Article:
    figure = overall.draw(amounts) if amounts else None
    name, amount = overall.columns
    return Article(
        identity=overall.identity,
        question=overall.question,
        finding=overall.find(amounts),
        figure=figure,
        picture=inline(figure, overall.identity) if figure else Markup(),
        description=overall.description,
        resting=sum(amounts.values()),
        total=len(amounts),
        table=Table(
            f"{words.sentence(amount)} from each {name}",
            overall.columns,
            (False, True),
            [[words.name(each, _LONGEST), words.count(count)] for each, count in list(amounts.items())[:_ROWS]],
            max(len(amounts) - _ROWS, 0),
        ),
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _cell(value: object, column: str) -> str:
    """A value in a table: numbers in full, years without separators."""
    if value is None:
        return "–"
    if isinstance(value, Decimal):  # With all decimal places: they are exact.
        return f"{value:,}"
    if isinstance(value, int | float) and not isinstance(value, bool) and not column.endswith("year"):
        return words.count(value)
    return words.name(value, _LONGEST)
