"""What a report is made of, read from the lake once: the results, what they rest on, how good the data is.

Everything is read at the versions that are listed, by few queries: the analytic tables are small, and of the others
only numbers are asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pinterest_platform.catalog import Catalog, Model
from pinterest_platform.engines.contract import Engine, QueryResult
from pinterest_platform.lake.lake import Lake
from pinterest_platform.lake.versions import committed_at, versions_as_of
from pinterest_platform.schemas import RECORDS
from pinterest_platform.settings import Settings

#: Rows of a result that are looked at; results are small, but anybody may add one.
MOST_ROWS = 5_000
#: The table that each post reaches: its versions are those of the whole lake when a report goes back in time.
LEADING = "cleaned/pin"

#: Which posts are in a result, by the facts of `_POSTS`. Its SQL says so too, but to ask that of each result would join
#: millions of posts each time.
_IN_RESULT = {
    "most_popular_category_by_country": "has_category AND has_country",
    "category_popularity_by_year": "has_category AND is_counted_year",
    "most_popular_category_by_year": "has_category AND is_counted_year",
    "top_user_by_country": "has_poster AND has_followers AND has_country",
    "country_with_top_user": "has_poster AND has_followers AND has_country",
    "most_popular_category_by_age_group": "has_category AND is_grown_up",
    "median_follower_count_by_age_group": "has_followers AND is_grown_up",
    "users_joined_by_year": "is_counted_joiner",
    "median_follower_count_by_joining_year": "has_followers AND is_counted_joiner",
    "median_follower_count_by_joining_year_and_age_group": "has_followers AND is_counted_joiner AND is_grown_up",
    "median_follower_count_by_posting_year_and_age_group": "has_followers AND is_grown_up AND has_place",
}
#: Facts are made before the join: it has less to carry.
_POSTS = """
SELECT country, COUNT(*) AS post_count, {counts}
FROM (
  SELECT
    ind,
    category IS NOT NULL AS has_category,
    poster_name IS NOT NULL AS has_poster,
    follower_count IS NOT NULL AS has_followers
  FROM cleaned.pin
) AS pin
LEFT JOIN (
  SELECT
    ind AS geo_ind,
    TRUE AS has_place,
    country,
    country IS NOT NULL AS has_country,
    YEAR(timestamp) BETWEEN 2018 AND 2022 AS is_counted_year
  FROM cleaned.geo
) AS geo ON ind = geo_ind
LEFT JOIN (
  SELECT
    ind AS user_ind,
    age >= 18 AS is_grown_up,
    YEAR(date_joined) BETWEEN 2015 AND 2020 AS is_counted_joiner
  FROM cleaned.user
) AS author ON ind = user_ind
GROUP BY country
ORDER BY post_count DESC, country
"""


@dataclass(frozen=True)
class TableVersion:
    """A table as it was read; `version` and `committed` are None where there was none yet."""

    address: str
    version: int | None
    committed: datetime | None


@dataclass(frozen=True)
class Result:
    """An analytic table: the first `MOST_ROWS` of its `total` rows, in its own order. `posts` are in it, as far as
    that is known; `version` is None where the table was not made yet."""

    model: Model
    rows: Sequence[tuple[Any, ...]]
    total: int
    posts: int | None = None


@dataclass(frozen=True)
class Arrived:
    """What came of one kind of record: `received` lines are in raw or `rejected`; of those in raw, later ones of the
    same key `superseded` some, and the others are `current`."""

    record: str
    received: int
    rejected: int
    superseded: int
    current: int


@dataclass(frozen=True)
class Overview:
    """All that a report says. `reasons` are (topic, reason, lines) of rejected lines, the commonest first;
    `newest_event` is the newest time of posting."""

    results: Mapping[str, Result]
    posts_by_country: Mapping[str, int]
    arrived: Sequence[Arrived]
    reasons: Sequence[tuple[str, str, int]]
    newest_event: datetime | None
    tables: Sequence[TableVersion]
    as_of: str | None = None

    @property
    def committed(self) -> datetime | None:
        """When the newest of the tables was committed, in UTC."""
        return max((table.committed for table in self.tables if table.committed), default=None)


class Reader:
    """Reads a lake, as it is or as it was: `as_of` is a version of `cleaned/pin`, or an ISO 8601 time.

    Raises:
        LakeError: there is no such version, or a table cannot be read.
    """

    def __init__(self, settings: Settings, catalog: Catalog, engine: Engine, as_of: str | None = None) -> None:
        self._settings, self._catalog, self._engine, self._as_of = settings, catalog, engine, as_of
        self._lake = Lake(settings.lake_root)
        self._at: Mapping[str, int] | None = None
        self._addresses = (*catalog.raw, *catalog.models)
        if as_of is not None:
            self._at = versions_as_of(self._lake, self._addresses, as_of, LEADING)

    def versions(self) -> list[TableVersion]:
        """Every table, with the version that is read."""
        return [self._version(address) for address in self._addresses]

    def _version(self, address: str) -> TableVersion:
        table = self._lake.open(address) if self._at is None or address in self._at else None
        if table is None:
            return TableVersion(address, None, None)
        version = table.version() if self._at is None else self._at[address]
        return TableVersion(address, version, committed_at(table, version))

    def overview(self) -> Overview:
        """Read everything."""
        models = [model for model in self._catalog.models.values() if model.layer == "analytics"]
        numbers = self._numbers()
        by_country, posts = self._posts()
        topics = {self._settings.topic(record): record for record in RECORDS}
        reasons = self._ask(
            "SELECT kafka_topic, reason, COUNT(*) AS line_count FROM raw.rejected "
            "GROUP BY kafka_topic, reason ORDER BY line_count DESC, kafka_topic, reason"
        ).rows
        rejected = {record: sum(n for topic, _, n in reasons if topics.get(topic) == record) for record in RECORDS}
        return Overview(
            results={
                model.address: Result(model, self.rows(model), numbers[model.address], posts.get(model.name))
                for model in models
            },
            posts_by_country=by_country,
            arrived=[_arrived(record, numbers, rejected[record]) for record in RECORDS],
            reasons=[(topic, reason, lines) for topic, reason, lines in reasons],
            newest_event=numbers["newest event"],
            tables=self.versions(),
            as_of=self._as_of,
        )

    def rows(self, model: Model) -> list[tuple[Any, ...]]:
        """Rows of an analytic table."""
        columns = ", ".join(f"`{column.name}`" for column in model.columns)
        return self._ask(f"SELECT {columns} FROM {_name(model.address)}", MOST_ROWS).rows

    def _numbers(self) -> dict[str, Any]:
        """Rows of each table by its address, and the newest event, asked in one query."""
        asked = {address: f"SELECT COUNT(*) FROM {_name(address)}" for address in self._addresses}
        asked["newest event"] = "SELECT MAX(geo.timestamp) FROM cleaned.geo AS geo"
        joined = " CROSS JOIN ".join(f"({sql})" for sql in asked.values())
        [numbers] = self._ask(f"SELECT * FROM {joined}").rows
        return dict(zip(asked, numbers, strict=True))

    def _posts(self) -> tuple[dict[str, int], dict[str, int]]:
        """Posts by country, and by the name of the result that they are in."""
        counts = ", ".join(f"COUNT(CASE WHEN {condition} THEN 1 END)" for condition in _IN_RESULT.values())
        rows = self._ask(_POSTS.format(counts=counts)).rows
        by_country = {country: posts for country, posts, *_ in rows if country is not None}
        return by_country, {name: sum(row[place] for row in rows) for place, name in enumerate(_IN_RESULT, start=2)}

    def _ask(self, sql: str, limit: int | None = None) -> QueryResult:
        return self._engine.inspect(sql, limit=limit, at=self._at)


def _arrived(record: str, numbers: Mapping[str, int], rejected: int) -> Arrived:
    raw, current = numbers[f"raw/{record}"], numbers[f"cleaned/{record}"]
    return Arrived(record, raw + rejected, rejected, raw - current, current)


def _name(address: str) -> str:
    return ".".join(f"`{part}`" for part in address.split("/"))
