"""Commands for the day on which a table is damaged, or has what it should not have: repair, restore."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_platform.cli.output import console, print_table

if TYPE_CHECKING:
    from pinterest_platform.lake.lake import Lake


def repair(
    table: Annotated[str, typer.Argument(help="Address of a table, as raw/pin.")],
    drop_lost: Annotated[
        bool, typer.Option("--drop-lost", help="Go on without data files that are lost or cut off, and their rows.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what is damaged and change nothing.")] = False,
) -> None:
    """Mend a table's log: a checkpoint that cannot be read, a last commit that is empty or cut off.

    What is taken away is kept in a folder beside the data files. A commit that other commits follow cannot be mended
    unless a checkpoint covers it: the command then says what else to do. Doing it again does nothing more.

    With `--drop-lost`, data files that no backup brings back go from the table too. The next run finds again what the
    landing zone still has of a raw table's lost rows.

    Example: `pinterest-platform repair raw/pin --dry-run`
    """
    from pinterest_platform.lake.losses import drop_lost as drop
    from pinterest_platform.lake.repair import repair as mend

    lake, [address] = _tables([table])
    done = mend(lake, address, dry_run=dry_run)
    for damage in done.taken:
        console().print(f"{address}: {damage}", soft_wrap=True)
    if done.taken:
        told = "A repair would keep what it takes away in" if dry_run else "Repaired. What was taken away is kept in"
        console().print(f"{told} {done.kept_in}.", soft_wrap=True)
    else:
        console().print(f"{address}: nothing is damaged in its log.")
    if done.lost:
        console().print(f"{_changes_of(done.lost)} {_again(address)}", soft_wrap=True)
    if not drop_lost or (dry_run and done.taken):
        return
    files = drop(lake, address, dry_run=dry_run)
    if not files:
        console().print(f"{address}: no data file is lost.")
        return
    rows = [(f.name, f.rows, ", ".join(f"{n} {low} to {high}" for n, (low, high) in f.bounds.items())) for f in files]
    print_table(("lost file", "rows", "numbers in it"), rows)
    would = "would go" if dry_run else "went"
    console().print(f"{address}: {len(files)} files {would} from the table. {_again(address)}", soft_wrap=True)


def restore(
    tables: Annotated[
        list[str] | None, typer.Argument(help="Addresses, as raw/pin; by default all that are in the lake.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="An ISO 8601 time, in UTC where it has no zone; or a version, of one table.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say to which version, and change nothing.")] = False,
) -> None:
    """Take tables back to a time, or to the newest version of which no file is lost.

    What later commits had added is gone from the table with how far they had got, so the next run reads again what the
    landing zone has of it. The files of the log that are taken away are kept in a folder beside the data files. Stop
    all that writes the lake first: runs, streams. Nothing is changed unless each table can be taken back.

    Example: `pinterest-platform restore --as-of 2026-11-20T08:00:00 --dry-run`
    """
    from pinterest_platform.lake.restore import restore as take_back
    from pinterest_platform.lake.versions import parse_as_of

    lake, addresses = _tables(tables or [])
    wanted = None if as_of is None else parse_as_of(as_of)
    if isinstance(wanted, int) and len(addresses) != 1:
        raise typer.BadParameter(f"{as_of} is a version, which one table has: name it, or give a time")
    done = {address: take_back(lake, address, wanted, dry_run=True) for address in addresses}
    if not dry_run:
        done = {address: take_back(lake, address, wanted) for address in addresses}
    print_table(
        ("table", "newest version", "would be taken back to" if dry_run else "taken back to", "of", "kept in"),
        [(a, d.newest, d.version.number, d.version.committed, d.kept_in) for a, d in done.items()],
    )
    back = [address for address, table in done.items() if table.version.number < table.newest]
    if not back:
        console().print("Each table has the rows of its newest version.")
    for told in dict.fromkeys(_again(address) for address in back if not dry_run):
        console().print(told, soft_wrap=True)


def _tables(named: Sequence[str]) -> tuple[Lake, list[str]]:
    """The lake, and those of its tables that are named, or all of them."""
    from pinterest_platform.domains import load
    from pinterest_platform.lake.errors import LakeError
    from pinterest_platform.lake.lake import Lake
    from pinterest_platform.streaming.catalog import load_catalog

    settings, domain = load()
    lake, known = Lake(settings.lake_root), load_catalog(settings, domain).addresses
    for address in named:
        if address not in known:
            raise typer.BadParameter(f"{address!r} is no table; there are {', '.join(known)}")
    there = list(named) or [address for address in lake.addresses() if address in known]
    if not there:
        raise LakeError(f"there is no table in {lake.root}; `pinterest-platform run` makes them")
    return lake, there


def _changes_of(versions: Sequence[int]) -> str:
    named = f"version {versions[0]}" if len(versions) == 1 else f"versions {versions[0]} to {versions[-1]}"
    return f"What {named} had changed is lost."


def _again(table: str) -> str:
    """What brings back what a lost commit had changed."""
    if table == "raw/rejected":
        return "`pinterest-platform run --full-refresh landing` finds its lines again."
    if table.startswith("stream/"):
        return "The job of the stream reads it again when it is started, if the stream still holds it."
    if table.startswith("raw/"):
        return "The next `pinterest-platform run` reads again what the landing zone has of it."
    return "The next `pinterest-platform run` does it again."
