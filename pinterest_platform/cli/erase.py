"""The command erase: removes records of people on request, from everything the platform stores."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pinterest_platform.cli.output import console, print_table

if TYPE_CHECKING:
    from pinterest_platform.domain import Domain
    from pinterest_platform.privacy.erasure import Eraser
    from pinterest_platform.privacy.found import Found
    from pinterest_platform.privacy.plan import Plan
    from pinterest_platform.privacy.predicate import Predicate
    from pinterest_platform.settings import Settings

#: The most lines and keys to show, and the most characters of a line.
_SHOWN, _WIDTH = 20, 200


def erase(
    record: Annotated[str, typer.Argument(metavar="RECORD", help="Kind of record, for example `user`.")],
    where: Annotated[
        str, typer.Option(metavar="PREDICATE", help="The records to erase: a condition on the columns of raw/RECORD.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be erased and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> None:
    """Permanently erase records: from the landing zone, all tables and their old versions, copies, the report and run
    records.

    The command shows the records it found and asks for confirmation. Reading sources or the landing zone again does
    not bring erased records back. The command writes a certificate to the lake. To finish an interrupted erasure, run
    the command again. Exit status 1 if it finds nothing. See docs/privacy.md.

    Example: `pinterest-platform erase user --where "first_name = 'Ann' AND last_name = 'Lee'" --dry-run`
    """
    from contextlib import closing

    from pinterest_platform.domains import load
    from pinterest_platform.orchestration.erased_records import refuse_while_running
    from pinterest_platform.privacy.erasure import Eraser
    from pinterest_platform.privacy.predicate import parse_predicate

    settings, domain = load()
    if record not in domain.records:
        raise typer.BadParameter(f"unknown record {record!r}. Records: {', '.join(domain.records)}")
    predicate = parse_predicate(where, domain.records[record])
    if not dry_run:
        refuse_while_running(settings, domain)
    with closing(Eraser(settings, domain)) as eraser:
        if not _erase(eraser, settings, domain, predicate, dry_run, yes):
            raise typer.Exit(1)


def _erase(eraser: Eraser, settings: Settings, domain: Domain, predicate: Predicate, dry_run: bool, yes: bool) -> bool:
    """Return whether records were found, or an earlier erasure of the same records was finished now."""
    finished = False
    if (begun := eraser.unfinished()) is not None:
        console().print(f"Erasure {begun.number} of {begun.record} records was started but not finished.")
        if dry_run:
            console().print("Without --dry-run, the command finishes it first.")
        else:
            finished = eraser.is_asked_by(begun, predicate)
            _finish(eraser, settings, domain, begun)
    with console().status("looking for records"):
        found = eraser.find(predicate)
    if not found:
        if not finished:
            console().print(f"Nothing found: no {predicate.schema.name} record matches {predicate.text}", markup=False)
        return finished
    _show(found)
    if dry_run:
        console().print("Nothing was erased.")
        return True
    if not yes:
        typer.confirm("Permanently erase them, with all old versions of these tables?", abort=True)
    _finish(eraser, settings, domain, eraser.begin(predicate, found))
    return True


def _finish(eraser: Eraser, settings: Settings, domain: Domain, begun: Plan) -> None:
    from pinterest_platform.orchestration.erased_records import forget_records

    with console().status("erasing") as status:
        where, said = eraser.finish(begun, lambda: forget_records(settings, domain), lambda step: status.update(step))
    _certificate(where, said)


def _show(found: Found) -> None:
    # The same position may have been read with different texts.
    records = Counter((source, shard) for source, shard, _ in {(p.source, p.shard, p.position) for p in found.places()})
    print_table(("topic or stream", "partition or shard", "records"), [(*at, n) for at, n in sorted(records.items())])
    print_table(("table", "rows"), [(address, rows) for address, rows in sorted(found.rows.items())])
    if found.lines:
        lines = [(*place, line[:_WIDTH]) for place, line in sorted(found.lines.items())]
        print_table(("topic or stream", "partition or shard", "position", "rejected line"), lines[:_SHOWN])
    keys = sorted(found.keys)
    more = f" and {len(keys) - _SHOWN:,} more" if len(keys) > _SHOWN else ""
    console().print(f"Keys: {', '.join(keys[:_SHOWN])}{more}", markup=False, soft_wrap=True)
    console().print(f"Landing objects to rewrite: {len(found.objects):,}")


def _certificate(where: str, said: dict[str, Any]) -> None:
    rows = ", ".join(f"{address} {count:,}" for address, count in said["rows_erased"].items()) or "none"
    console().print(
        f"Erased {said['records_erased']:,} records: {said['lines_replaced']:,} lines in {said['objects_rewritten']:,} "
        f"landing objects. Rows by table: {rows}. Removed {said['files_removed']:,} files of old versions, "
        f"{said['versions_removed']:,} versions in buckets and the records of {said['runs_removed']:,} runs.",
        soft_wrap=True,
    )
    for sentence in said["expires_elsewhere"]:
        console().print(f"  {sentence}", markup=False, soft_wrap=True)
    console().print(f"Certificate: {where}", markup=False, soft_wrap=True)
