"""`satchel audit`: the log of what happened, as the operator checks it."""

import re
import sys
from typing import Final

import click

from application.events import Verdict
from domain.events import RecordedEvent
from entrypoints.cli.database import command_settings, in_current_store
from entrypoints.cli.help import examples
from entrypoints.container import Container

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
    )
)
@click.option(
    "--expect",
    type=_Noted(),
    multiple=True,
    metavar="PLACE:HASH",
    help="An event's place and hash from an earlier run. May be given more than once.",
)
def verify(expect: tuple[tuple[int, bytes], ...]) -> None:
    """Check that the log of events is as it was written.

    If it is not, the exit code is 1. Each event carries a hash over itself and the hash before it, so an event
    that was changed, dropped or put in shows. That the end was cut off, or everything written anew, shows only to
    who kept a hash: note down the second line somewhere else, and give it with --expect another time.
    """
    places = {place for place, _ in expect}

    async def work(container: Container) -> tuple[Verdict, dict[int, bytes]]:
        found: dict[int, bytes] = {}
        is_shown = sys.stderr.isatty()
        with click.progressbar(length=0, label="Checking", file=sys.stderr, hidden=not is_shown) as bar:

            def report(recorded: RecordedEvent, total: int) -> None:
                bar.length = total
                bar.update(1)
                if recorded.id in places:
                    found[recorded.id] = recorded.hash

            await container.seal_events()()
            return await container.verify_log()(report=report), found

    verdict, found = in_current_store(command_settings(), work)
    last = verdict.last
    if verdict.fault is not None:
        held = "" if last is None else f" The {last.id:,} before it are as they were written."
        raise click.ClickException(verdict.fault + held)
    for place, link in expect:
        if place not in found:
            raise click.ClickException(f"Event {place} is gone: the log ends before it.")
        if found[place] != link:
            raise click.ClickException(f"Event {place} has another hash: it, or one before it, was written anew.")
    if last is None:
        click.echo("The log is empty.")
        return
    click.echo(f"The log is whole: {last.id:,} {'event' if last.id == 1 else 'events'}. The last is")
    click.echo(f"{last.id}:{last.hash.hex()}")
