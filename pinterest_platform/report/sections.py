"""How a result is shown: the question that it answers, its chart and its finding.

A domain provides a `Report` with its own sections; other results use `generic`. `figures` draws the charts, and the
domain writes the findings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pinterest_platform.catalog import Catalog, Model
from pinterest_platform.domain import given
from pinterest_platform.report import generic, words
from pinterest_platform.report.figures.svg import Figure
from pinterest_platform.report.rows import Rows


@dataclass(frozen=True)
class Section:
    """One result, in a `part` of the page. `find` and `draw` are used only if its table has these `columns`. If
    `beside` names another table, `find` receives that table's rows too."""

    part: str
    question: str
    columns: tuple[str, ...]
    find: Callable[..., str]
    draw: Callable[[Rows], Figure]
    beside: str = ""


@dataclass(frozen=True)
class Overall:
    """An article about all entities, regardless of their results. The SELECT `sql` returns names and amounts, the
    highest first; `columns` names these two columns."""

    part: str
    identity: str
    sql: str
    question: str
    description: str
    columns: tuple[str, str]
    find: Callable[[Mapping[str, int]], str]
    draw: Callable[[Mapping[str, int]], Figure]


@dataclass(frozen=True)
class Report:
    """A domain's texts and charts for its page.

    - `entity`: the noun for a row of the table `leading`, such as `post`.
    - `leading`: the table whose version stands for the whole lake in a report on an earlier state.
    - `newest`: a SELECT of the newest event's time.
    - `parts`: headings in their order; the last one holds all other results.
    - `sections`: by the name of the result.
    - `package`: the package with the page's code. When it changes, the page is written again.
    """

    title: str
    entity: str
    leading: str
    newest: str = ""
    parts: tuple[str, ...] = ("Results",)
    sections: Mapping[str, Section] = field(default_factory=dict)
    overall: Overall | None = None
    package: str = ""

    def part(self, model: Model) -> str:
        """The part of the page for a result."""
        section = self._section(model)
        return section.part if section else self.parts[-1]

    def question(self, model: Model) -> str:
        """The heading of a result."""
        section = self._section(model)
        return section.question if section else words.sentence(model.name.replace("_", " "))

    def finding(self, model: Model, rows: Rows, rows_of: Callable[[str], Rows]) -> str:
        """The finding of a result in words; `rows_of` returns the rows of the result at another address."""
        if not rows:
            return "The table is empty."
        section = self._section(model)
        if section is None:
            return generic.finding(model, rows)
        return section.find(rows, rows_of(section.beside)) if section.beside else section.find(rows)

    def figure(self, model: Model, rows: Rows) -> Figure | None:
        """The chart of a result; None if it has no rows, or no chart fits the shape of its rows."""
        section = self._section(model)
        if not rows:
            return None
        return section.draw(rows) if section else generic.figure(model, rows)

    def _section(self, model: Model) -> Section | None:
        section = self.sections.get(model.name)
        names = tuple(column.name for column in model.columns)
        return section if section and section.columns == names else None


def report_of(catalog: Catalog) -> Report:
    """The report of the catalog's domain, or one that shows each result by its shape.

    Raises:
        DomainError: the domain's function does not return a report.
    """
    domain = catalog.domain
    if domain.report:
        return given(domain, "report", domain.report, Report)
    record = next(iter(domain.records))
    cleaned = catalog.cleaned(record)
    return Report(
        title=words.sentence(domain.name.replace("_", " ")),
        entity=record.replace("_", " "),
        leading=cleaned.address if cleaned else f"raw/{record}",
    )
