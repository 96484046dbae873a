"""Commands for a table that is damaged or has wrong rows: repair, restore."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_platform.cli.output import console, print_table

if TYPE_CHECKING:
    from pinterest_platform.lake.lake import Lake


def repair(
    table: Annotated[str, typer.Argument(help="Address of a table, for example raw/pin.")],
    drop_lost: Annotated[
        bool,
        typer.Option("--drop-lost", help="Also remove lost or truncated data files, and their rows, from the table."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the damage and change nothing.")] = False,
) -> None:
    """Repair a table's log: a checkpoint that cannot be read, or a last commit that is empty or truncated.

    The command moves damaged files to a folder beside the data files. It cannot repair a commit that other commits
    follow, unless a checkpoint covers it. It then says what else to do. Running it again changes nothing more.

    Use `--drop-lost` when no backup can restore lost data files. The next run reads lost rows of a raw table again, if
    the landing zone still has them.

    Example: `pinterest-platform repair raw/pin --dry-run`
    """
    from pinterest_platform.lake.losses import drop_lost as drop
    from pinterest_platform.lake.repair import repair as repair_log

    lake, [address] = _tables([table])
    done = repair_log(lake, address, dry_run=dry_run)
    for damage in done.taken:
        console().print(f"{address}: {damage}", soft_wrap=True)
    if done.taken:
        told = "A repair would move the damaged files to" if dry_run else "Repaired. The damaged files are now in"
        console().print(f"{told} {done.kept_in}.", soft_wrap=True)
    else:
        console().print(f"{address}: its log is not damaged.")
    if done.lost:
        console().print(f"{_changes_of(done.lost)} {_recovery_note(address)}", soft_wrap=True)
    if not drop_lost or (dry_run and done.taken):
        return
    files = drop(lake, address, dry_run=dry_run)
    if not files:
        console().print(f"{address}: no data file is lost.")
        return
    rows = [(f.name, f.rows, ", ".join(f"{n} {low} to {high}" for n, (low, high) in f.bounds.items())) for f in files]
    print_table(("lost file", "rows", "column ranges"), rows)
    told = "Files that would be removed from the table" if dry_run else "Files removed from the table"
    console().print(f"{address}: {told}: {len(files)}. {_recovery_note(address)}", soft_wrap=True)


def restore(
    tables: Annotated[
        list[str] | None, typer.Argument(help="Addresses, for example raw/pin. Default: all tables in the lake.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(help="An ISO 8601 time (UTC if it has no zone), or a version of one table.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the versions and change nothing.")] = False,
) -> None:
    """Restore tables to a point in time, or to the newest version without lost files.

    Stop everything that writes to the lake first: runs and streams. The command changes nothing unless it can restore
    every table. It removes later commits with their rows and offsets, and moves their log files to a folder beside the
    data files. The next run reads the removed records again, if the landing zone still has them.

    Example: `pinterest-platform restore --as-of 2026-11-20T08:00:00 --dry-run`
    """
    from pinterest_platform.lake.restore import restore as restore_table
    from pinterest_platform.lake.versions import parse_as_of

    lake, addresses = _tables(tables or [])
    wanted = None if as_of is None else parse_as_of(as_of)
    if isinstance(wanted, int) and len(addresses) != 1:
        raise typer.BadParameter(
            f"{as_of} is a version, and versions belong to one table. Name the table, or give a time."
        )
    done = {address: restore_table(lake, address, wanted, dry_run=True) for address in addresses}
    if not dry_run:
        done = {address: restore_table(lake, address, wanted) for address in addresses}
    print_table(
        (
            "table",
            "newest version",
            "would be restored to" if dry_run else "restored to",
            "committed",
            "log files kept in",
        ),
        [(a, d.newest, d.version.number, d.version.committed, d.kept_in) for a, d in done.items()],
    )
    back = [address for address, table in done.items() if table.version.number < table.newest]
    if not back:
        console().print("Every table has the rows of its newest version.")
    for told in dict.fromkeys(_recovery_note(address) for address in back if not dry_run):
        console().print(told, soft_wrap=True)


def _tables(named: Sequence[str]) -> tuple[Lake, list[str]]:
    """Return the lake and the named tables, or all of its tables."""
    from pinterest_platform.domains import load
    from pinterest_platform.lake.errors import LakeError
    from pinterest_platform.lake.lake import Lake
    from pinterest_platform.streaming.catalog import load_catalog

    settings, domain = load()
    lake, known = Lake(settings.lake_root), load_catalog(settings, domain).addresses
    for address in named:
        if address not in known:
            raise typer.BadParameter(f"unknown table {address!r}. Tables: {', '.join(known)}")
    there = list(named) or [address for address in lake.addresses() if address in known]
    if not there:
        raise LakeError(f"{lake.root} has no tables. Create them: `pinterest-platform run`")
    return lake, there


def _changes_of(versions: Sequence[int]) -> str:
    named = f"version {versions[0]}" if len(versions) == 1 else f"versions {versions[0]} to {versions[-1]}"
    return f"The changes of {named} are lost."


def _recovery_note(table: str) -> str:
    """Say how the changes of lost or removed commits come back."""
    if table == "raw/rejected":
        return "`pinterest-platform run --full-refresh landing` finds the lines again."
    if table.startswith("stream/"):
        return "The stream's job reads the records again when you start it, if the stream still holds them."
    if table.startswith("raw/"):
        return "The next `pinterest-platform run` reads the records again, if the landing zone still has them."
    return "The next `pinterest-platform run` makes the changes again."
