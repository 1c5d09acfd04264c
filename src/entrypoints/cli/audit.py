"""`satchel audit`: the log of what happened, as the operator checks it."""

import os
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

import click

from application.events import Verdict
from domain.errors import Conflict, Forbidden
from domain.events import Head, RecordedEvent
from entrypoints.cli.archives import ArchiveWriter, noted, read_archives
from entrypoints.cli.database import command_settings, in_current_store, postgresql_settings
from entrypoints.cli.files import STANDARD, created, make_durable, replaced
from entrypoints.cli.help import examples
from entrypoints.operations import Operations

_NOTED: Final = re.compile(r"([1-9][0-9]{0,18}):([0-9a-f]{64})")


@click.group(epilog=examples("satchel audit verify"))
def audit() -> None:
    """Check the log of what happened."""


class _Noted(click.ParamType[tuple[int, bytes]]):
    """An event's place and hash, as `satchel audit verify` prints them."""

    name = "place:hash"

    def convert(
        self, value: str | tuple[int, bytes], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, bytes]:
        """Return the place and the hash."""
        if isinstance(value, tuple):
            return value
        if (match := _NOTED.fullmatch(value.strip().lower())) is None:
            self.fail(f"{value!r} is none: write an event's id, a colon and 64 hexadecimal digits.", param, ctx)
        return int(match[1]), bytes.fromhex(match[2])


@audit.command(
    epilog=examples(
        "satchel audit verify",
        "satchel audit verify --expect 17:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "satchel audit verify --archive 2024.jsonl --archive 2025.jsonl",
    )
)
@click.option(
    "--expect",
    type=_Noted(),
    multiple=True,
    metavar="PLACE:HASH",
    help="An event's place and hash from an earlier run. May be given more than once.",
)
@click.option(
    "--archive",
    "archives",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Archived events that are to be checked, too. May be given more than once.",
)
def verify(expect: tuple[tuple[int, bytes], ...], archives: tuple[Path, ...]) -> None:
    """Check that the log of events is as it was written.

    If it is not, the exit code is 1. Each event carries a hash over itself and the hash before it, so an event
    that was changed, dropped or put in shows. That the end was cut off, or everything written anew, shows only to
    who kept a hash: note down the second line somewhere else, and give it with --expect another time.
    """
    places = {place for place, _ in expect}
    found: dict[int, bytes] = {}

    def look(recorded: RecordedEvent) -> None:
        if recorded.id in places:
            found[recorded.id] = recorded.hash

    kept = read_archives(archives, look) if archives else None
    verdict = in_current_store(command_settings(), partial(_checked, look=look))
    begins_after = verdict.begins_after
    if begins_after is not None and begins_after.id in places:
        found[begins_after.id] = begins_after.hash
    if kept is not None and kept[1] != begins_after:
        where = "at its beginning" if begins_after is None else f"behind event {begins_after.id}"
        raise click.ClickException(f"The archives end with event {kept[1].id}, but the log begins {where}.")
    last = verdict.last
    if verdict.fault is not None:
        held = "" if last is None else f" The {verdict.count:,} before it are as they were written."
        raise click.ClickException(verdict.fault + held)
    for place, link in expect:
        if place not in found:
            raise click.ClickException(_not_found(place, begins_after if kept is None else kept[0]))
        if found[place] != link:
            raise click.ClickException(f"Event {place} has another hash: it, or one before it, was written anew.")
    if last is None:
        click.echo("The log is empty.")
        return
    behind = "" if begins_after is None else f" behind {begins_after.id:,} that were archived"
    click.echo(f"The log is whole: {_counted(verdict.count)}{behind}. The last is")
    click.echo(noted(last))


@audit.command(
    epilog=examples(
        "satchel audit archive 2025.jsonl --before 2026-01-01 --dry-run",
        "satchel audit archive 2025.jsonl --before 2026-01-01",
    )
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--before",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    metavar="DATE",
    help="Take the events of the days before this one, in UTC.",
)
@click.option("--dry-run", is_flag=True, help="Check and count; write and change nothing.")
def archive(file: Path, before: datetime, dry_run: bool) -> None:
    """Move the oldest events from the log into FILE.

    FILE must be new, and only the owner of the tables may do it. First the whole log is checked. The file is
    complete before anything is taken out; then all of it goes at once. The log keeps the place and hash behind
    which it begins, so that "satchel audit verify" still holds, and its last event in any case.
    """
    if file == STANDARD or file.exists():
        raise click.ClickException(f"{file} must be a new file: nothing is written over an archive.")
    settings = postgresql_settings()
    # Another who archives at the same time must not find the name free, and later take this file for theirs.
    with replaced(Path(os.devnull)) if dry_run else created(file) as content:
        writer = ArchiveWriter(content, before.replace(tzinfo=UTC))
        verdict = in_current_store(settings, partial(_checked, look=writer.take, begin=writer.begin))
        if verdict.fault is not None:
            raise click.ClickException(f"{verdict.fault} Nothing was archived.")
        if writer.end is None:
            raise click.ClickException(f"There are no events of before {before:%Y-%m-%d} to take out.")
    end, told = writer.end, f"{_counted(writer.count)} up to {writer.end.id:,}"
    if dry_run:
        click.echo(f"Would archive {told}. Nothing was changed.")
        return
    make_durable(file)

    async def cut(container: Operations) -> None:
        await container.log_cutter().cut(end)

    try:
        in_current_store(settings, cut)
    except (Conflict, Forbidden):
        # Nothing was taken out. After any other failure that is not certain, and the file may be all there is.
        file.unlink()
        raise
    click.echo(f"Archived {told} in {file}. The log begins behind")
    click.echo(noted(end))


async def _checked(
    container: Operations,
    *,
    look: Callable[[RecordedEvent], None],
    begin: Callable[[Head | None], None] = lambda _: None,
) -> Verdict:
    is_shown = sys.stderr.isatty()
    with click.progressbar(length=0, label="Checking", file=sys.stderr, hidden=not is_shown) as bar:

        def report(recorded: RecordedEvent, total: int) -> None:
            bar.length = total
            bar.update(1)
            look(recorded)

        await container.seal_events()()
        return await container.verify_log()(report=report, begin=begin)


def _counted(events: int) -> str:
    return f"{events:,} {'event' if events == 1 else 'events'}"


def _not_found(place: int, begins_after: Head | None) -> str:
    if begins_after is not None and place <= begins_after.id:
        return f"Event {place} is archived: give its file with --archive, and those that came after."
    return f"Event {place} is gone: the log ends before it."
