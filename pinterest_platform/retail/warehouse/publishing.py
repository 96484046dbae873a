"""Updates the warehouse from the lake: in one transaction, dimensions first, writing only differences.

It skips tables whose version in the lake is already published. From other tables, it sends the rows that are new since
the published version. Rows that the lake no longer has stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from pinterest_platform.catalog import Catalog
from pinterest_platform.failpoints import Failpoint, reached
from pinterest_platform.retail.warehouse import tables
from pinterest_platform.retail.warehouse.cleaned import CleanedTables
from pinterest_platform.retail.warehouse.connection import Warehouse, WarehouseError, take_turn
from pinterest_platform.retail.warehouse.star import PUBLISHED, STAR
from pinterest_platform.retail.warehouse.views import create_views


@dataclass(frozen=True)
class Written:
    """The result of a publication: of the rows `sent`, the number that were new and the number that changed. `views`
    were created or replaced."""

    sent: int
    inserted: int
    updated: int
    views: tuple[str, ...]

    @property
    def outcome(self) -> str:
        if not (self.inserted or self.updated or self.views):
            return "unchanged"
        views = f", {len(self.views)} views written" if self.views else ""
        return f"{self.inserted:,} inserted, {self.updated:,} updated{views}"


def publish(warehouse: Warehouse, cleaned: CleanedTables, catalog: Catalog, *, anew: bool = False) -> Written:
    """Publish new rows of the lake. A full refresh compares every row, regardless of earlier publications.

    Raises:
        WarehouseError: as in `Warehouse.transaction`. Or a table or view differs, or card numbers are pseudonyms: then
            nothing was written.
        LakeError: a table of the lake is missing or cannot be read. Nothing was written.
    """
    if catalog.pseudonyms:
        raise WarehouseError(
            f"Warehouse {warehouse.place}: with PINTEREST_PSEUDONYM_SECRET, card numbers are pseudonyms of 64 "
            "characters, but dim_card_details allows 19. Nothing was written. Unset RETAIL_WAREHOUSE_URL or the secret."
        )
    sent = inserted = updated = 0
    with warehouse.transaction() as connection:
        take_turn(connection)
        # Open the tables only now, so that a publisher that waited does not bring back older rows. Orders come first:
        # dimensions opened later have all rows that the orders refer to.
        made_of = {table.name: cleaned.made_of(f"cleaned/{table.name}") for table in reversed(STAR)}
        made = tables.ensure(connection)
        known = {row.name: row.made_of for row in connection.execute(sa.select(PUBLISHED))}
        for table in STAR:
            if anew or known.get(table.name) != made_of[table.name]:
                counts = _publish(connection, table, cleaned, None if anew else known.get(table.name))
                sent, inserted, updated = sent + counts[0], inserted + counts[1], updated + counts[2]
        tables.add_foreign_keys(connection, made)
        views = create_views(connection, catalog, known)
        _remember(connection, {**made_of, **views}, known)
        reached(Failpoint.ROWS_SENT, warehouse.place)
    reached(Failpoint.COMMITTED, warehouse.place)
    return Written(sent, inserted, updated, tuple(views))


def _publish(
    connection: sa.Connection, table: sa.Table, cleaned: CleanedTables, known: str | None
) -> tuple[int, int, int]:
    """The numbers of rows sent, inserted and updated. Rows that the version `known` already has are not sent."""
    columns = table.columns.keys()
    incoming = sa.Table(
        f"incoming_{table.name}",
        sa.MetaData(),
        *(sa.Column(column.name, column.type, nullable=bool(column.nullable)) for column in table.columns),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
    )
    incoming.create(connection)
    driver = connection.connection.driver_connection
    assert driver is not None, "it is connected"
    with (
        cleaned.csv(f"cleaned/{table.name}", columns, known) as pieces,
        driver.cursor() as cursor,
        cursor.copy(f"COPY {incoming.name} FROM STDIN (FORMAT csv)") as copy,
    ):
        for piece in pieces:
            copy.write(piece)
            reached(Failpoint.PIECE_SENT, table.name)
    [sent] = connection.execute(sa.select(sa.func.count()).select_from(incoming)).one()
    written = connection.execute(_upsert(table, incoming)).scalars().all()
    return sent, sum(written), len(written) - sum(written)


def _upsert(table: sa.Table, incoming: sa.Table) -> sa.Executable:
    """Inserts or updates rows that differ, and returns for each whether it is new. Equal rows are left out first,
    because a conflict would lock them, and so write them."""
    [key] = table.primary_key.columns
    others = [column.name for column in table.columns if column.name != key.name]
    differs = sa.tuple_(*(incoming.c[name] for name in others)).is_distinct_from(
        sa.tuple_(*(table.c[name] for name in others))
    )
    rows = (
        sa.select(*incoming.columns)
        .select_from(incoming.outerjoin(table, incoming.c[key.name] == key))
        .where(sa.or_(key.is_(None), differs))
    )
    statement = insert(table).from_select(incoming.columns.keys(), rows)
    return statement.on_conflict_do_update(
        index_elements=[key], set_={name: statement.excluded[name] for name in others}
    ).returning(sa.literal_column("xmax = 0").label("is_new"))


def _remember(connection: sa.Connection, made_of: Mapping[str, str], known: Mapping[str, str]) -> None:
    changed = {name: mark for name, mark in made_of.items() if known.get(name) != mark}
    if not changed:
        return
    statement = insert(PUBLISHED).values(
        [{"name": name, "made_of": mark, "published_at": sa.func.now()} for name, mark in changed.items()]
    )
    excluded = statement.excluded
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[PUBLISHED.c.name],
            set_={"made_of": excluded.made_of, "published_at": excluded.published_at},
        )
    )
