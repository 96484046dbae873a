"""What a result is shown as: the question it answers, its picture and its finding. A domain gives them as a `Report`;
a result that it has none for is `generic`.

How pictures are drawn is for `figures`, what findings say for the domain.
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
    """One result, in a `part` of the page: `columns` are those its table must have for `find` and `draw` to be asked.
    Where there is another table `beside` it, the rows of that are what `find` is given too."""

    part: str
    question: str
    columns: tuple[str, ...]
    find: Callable[..., str]
    draw: Callable[[Rows], Figure]
    beside: str = ""


@dataclass(frozen=True)
class Overall:
    """An article about all entities, whatever result they are in: amounts by name, which the SELECT `sql` gives with
    the most first, under two `columns`."""

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
    """What a page says of a domain beside the tables themselves.

    An `entity` is what a row of the table `leading` is one of, as `post`. Versions of that table are those of the whole
    lake when a report goes back in time. `newest` is a SELECT of the newest event's time. `parts` are headings in their
    order; the last one holds what anybody adds. `sections` are by name of the result. `package` is the package whose
    code the page is made by: when it changes, the page is made anew.
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
        """The part of the page that a result belongs to."""
        section = self._section(model)
        return section.part if section else self.parts[-1]

    def question(self, model: Model) -> str:
        """The heading of a result."""
        section = self._section(model)
        return section.question if section else words.sentence(model.name.replace("_", " "))

    def finding(self, model: Model, rows: Rows, rows_of: Callable[[str], Rows]) -> str:
        """What the rows of a result say in words; `rows_of` gives those of the result at another address."""
        if not rows:
            return "There is nothing to say yet: the table is empty."
        section = self._section(model)
        if section is None:
            return generic.finding(model, rows)
        return section.find(rows, rows_of(section.beside)) if section.beside else section.find(rows)

    def figure(self, model: Model, rows: Rows) -> Figure | None:
        """The picture of a result; None where its rows have no shape that one is known for, or there are none."""
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
        DomainError: what the domain gives is no report.
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
