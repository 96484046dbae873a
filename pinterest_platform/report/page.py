"""The page: what was read, as one HTML file that needs no script, no other file and no network.

What it shows of a result is decided in `sections`; how it is laid out in `templates/overview.html.j2`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from markupsafe import Markup

from pinterest_platform.catalog.derivation import Derivations
from pinterest_platform.report import quality, sections, words
from pinterest_platform.report.compare import Changes, changes
from pinterest_platform.report.figures.maps import amounts
from pinterest_platform.report.figures.svg import Figure, inline, templates
from pinterest_platform.report.lineage import lineage
from pinterest_platform.report.quality import Table
from pinterest_platform.report.reading import Overview, Result

#: Rows of a result that the page holds; the rest is asked for by `pinterest-platform query`.
_ROWS = 400
#: Characters of a value that a table shows.
_LONGEST = 100


@dataclass(frozen=True)
class Article:
    """One result as the template takes it. With a reading from before: `changes` since, and what it said `before`
    where that was something else."""

    identity: str
    question: str
    finding: str
    figure: Figure | None
    picture: Markup
    description: str
    posts: int | None
    total: int
    table: Table
    changes: Changes | None = None
    before: str = ""


def render(
    overview: Overview, before: Overview | None = None, *, derivations: Derivations | None = None, mark: str = ""
) -> str:
    """The page as HTML; with `before` it also says what changed since then, with `derivations` where columns come from.
    `mark` is kept in its head, for whoever wants to know what it was made from."""
    known = list(sections.SECTIONS)
    results = sorted(overview.results.values(), key=lambda result: _place(known, result.model.name))
    parts: dict[str, list[Article]] = {name: [] for name in sections.PARTS}
    for result in results:
        parts[sections.part(result.model)].append(_article(result, overview, before))
    parts[sections.POSTS].append(_countries(overview))
    return (
        templates()
        .get_template("overview.html.j2")
        .render(
            overview=overview,
            before=before,
            parts={name: articles for name, articles in parts.items() if articles},
            posts=next(arrived.current for arrived in overview.arrived if arrived.record == "pin"),
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
    model = result.model
    figure = sections.figure(model, result.rows)
    finding = _finding(result, overview)
    then = before.results.get(model.address) if before else None
    said = _finding(then, before) if before and then else finding
    return Article(
        identity=model.name.replace("_", "-"),
        question=sections.question(model),
        finding=finding,
        figure=figure,
        picture=inline(figure, model.name) if figure else Markup(),
        description=model.description,
        posts=result.posts,
        total=result.total,
        table=_table(result),
        changes=changes(model, then.rows, result.rows) if then else None,
        before=said if said != finding else "",
    )


def _finding(result: Result, overview: Overview) -> str:
    def rows_of(address: str) -> Sequence[tuple[Any, ...]]:
        return overview.results[address].rows if address in overview.results else ()

    return sections.finding(result.model, result.rows, rows_of)


def _table(result: Result) -> Table:
    names = tuple(column.name for column in result.model.columns)
    numeric = [any(_is_number(row[place]) for row in result.rows) for place in range(len(names))]
    rows = [[_cell(value, name) for value, name in zip(row, names, strict=True)] for row in result.rows[:_ROWS]]
    return Table(result.model.address, names, numeric, rows, max(result.total - _ROWS, 0))


def _countries(overview: Overview) -> Article:
    posts = overview.posts_by_country
    figure = amounts("Posts from each country", posts, "post") if posts else None
    return Article(
        identity="posts-by-country",
        question="Where do posts come from?",
        finding=sections.countries(posts),
        figure=figure,
        picture=inline(figure, "countries") if figure else Markup(),
        description="Posts in each country, whatever else is known of them.",
        posts=sum(posts.values()),
        total=len(posts),
        table=Table(
            "Posts from each country",
            ("country", "posts"),
            (False, True),
            [[words.name(country, _LONGEST), words.count(count)] for country, count in list(posts.items())[:_ROWS]],
            max(len(posts) - _ROWS, 0),
        ),
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _cell(value: object, column: str) -> str:
    """A value as a table shows it: numbers in full, years as they are written."""
    if value is None:
        return "–"
    if isinstance(value, int | float) and not isinstance(value, bool) and not column.endswith("year"):
        return words.count(value)
    return words.name(value, _LONGEST)
