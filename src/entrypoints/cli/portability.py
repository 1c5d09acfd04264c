"""`satchel export` and `satchel import`: cheats as files."""

import sys
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import click

from application.importing import ImportOutcome
from application.ports.cheats import CheatFilter
from domain.cheats import TITLE_MOST
from domain.errors import Invalid
from domain.portability import ExportedCheat, Record
from entrypoints.cli.database import command_settings, in_current_store
from entrypoints.cli.files import STANDARD, opened, replaced
from entrypoints.cli.help import examples
from entrypoints.container import Container
from entrypoints.formats.catalogue import FORMATS
from entrypoints.formats.format import Format
from entrypoints.http.input import printable

_ALL = CheatFilter()
# So many titles a dry run lists of the cheats it would create, and of those it would update.
_LISTED_MOST = 50
_format_option = click.option(
    "--format",
    "format_name",
    type=click.Choice(list(FORMATS)),
    help="How the file is written. By default its name says so: .json, .csv, .md.",
)


@click.command(
    epilog=examples(
        "satchel export cheats.md",
        "satchel export - --format json | jq -r '.[].title'",
    )
)
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path))
@_format_option
def export(file: Path, format_name: str | None) -> None:
    """Write all cheats to FILE; a hyphen is standard output.

    They are sorted by title, so that two exports differ where cheats do: fit for version control. A FILE that
    is there is overwritten, once the new one is complete.
    """
    format_ = _format(file, format_name)

    async def work(container: Container) -> int:
        total: int = await container.count_cheats()(None, wanted=_ALL)
        cheats = _shown(container.export_cheats()(None, wanted=_ALL), total)
        with replaced(file) as out:
            async for piece in format_.written(cheats):
                out.write(piece)
        return total

    total = in_current_store(command_settings(), work)
    if file != STANDARD:
        click.echo(f"Exported {_cheats(total)} to {file}.")


@click.command(
    "import",
    epilog=examples(
        "satchel import cheats.md --dry-run",
        "satchel import cheats.json --owner ada",
    ),
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path))
@_format_option
@click.option("--dry-run", is_flag=True, help="Change nothing, and list what would be created and updated.")
@click.option("--owner", metavar="NAME", help="Whose new cheats are to be; by default the first admin's.")
def import_(file: Path, format_name: str | None, dry_run: bool, owner: str | None) -> None:
    """Take in all cheats of FILE or none; a hyphen is standard input.

    A cheat that is known by its key becomes what FILE says, one without a key is taken for the owner's own of
    the same title, and all others are new. Doing it twice changes nothing.
    """
    format_ = _format(file, format_name)

    async def work(container: Container) -> ImportOutcome:
        with opened(file) as source:
            records = _watched(format_.records(source), source, file)
            return await container.import_cheats()(None, records, owner=owner, dry_run=dry_run)

    try:
        outcome = in_current_store(command_settings(), work)
    except Invalid as error:
        faults = "".join(f"\n  {fault.field} {fault.message}" for fault in error.faults)
        raise click.ClickException(f"{file} cannot be imported, so nothing was changed:{faults}") from error
    created, updated = len(outcome.created), len(outcome.updated)
    if dry_run:
        _list("create", outcome.created)
        _list("update", outcome.updated)
        click.echo(
            f"Would create {_cheats(created)}, update {updated:,} and leave {outcome.unchanged:,} as they are. "
            "Nothing was changed."
        )
    else:
        click.echo(f"Created {_cheats(created)}, updated {updated:,} and left {outcome.unchanged:,} as they were.")


def _format(file: Path, name: str | None) -> Format:
    if name is not None:
        return FORMATS[name]
    for known in FORMATS.values():
        if file.suffix.lower() in known.suffixes:
            return known
    raise click.UsageError(f"{file} does not say its format. Add --format {'|'.join(FORMATS)}.")


def _cheats(number: int) -> str:
    return "1 cheat" if number == 1 else f"{number:,} cheats"


def _list(action: str, titles: Sequence[str]) -> None:
    """Print what would be done to which cheats, one a line."""
    for title in titles[:_LISTED_MOST]:
        click.echo(f"{action}  {printable(title, TITLE_MOST)}")
    if (more := len(titles) - _LISTED_MOST) > 0:
        click.echo(f"{action}  ... and {more:,} more")


async def _shown(cheats: AsyncIterable[ExportedCheat], total: int) -> AsyncGenerator[ExportedCheat]:
    """Yield the cheats, and show on a terminal how far it is."""
    is_shown = sys.stderr.isatty()
    with click.progressbar(length=total, label="Exporting", file=sys.stderr, hidden=not is_shown) as bar:
        async for cheat in cheats:
            yield cheat
            bar.update(1)


def _watched(records: Iterable[Record], source: BinaryIO, file: Path) -> Iterator[Record]:
    """Yield the records, and show on a terminal how much of the file is read."""
    is_shown = sys.stderr.isatty() and file.is_file()
    size = file.stat().st_size if is_shown else 0
    with click.progressbar(length=size, label="Reading", file=sys.stderr, hidden=not is_shown) as bar:
        for record in records:
            yield record
            if is_shown:
                bar.update(source.tell() - bar.pos)
    if is_shown:
        click.echo("Taking them in…", err=True)
