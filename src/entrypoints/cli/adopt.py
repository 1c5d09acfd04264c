"""`satchel adopt`: the data of the service that was there before."""

import json
import sys
import tomllib
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from application.adopting.adopt import Adoption, Progress
from application.adopting.findings import Findings
from application.ports.older_services import Kind, OwnNames
from domain.errors import Fault
from domain.users import USERNAME_MOST
from entrypoints.cli.database import command_settings, in_current_store
from entrypoints.cli.help import examples
from entrypoints.cli.messages import program
from entrypoints.cli.table import aligned
from entrypoints.database_url import url_fault
from entrypoints.http.input import printable
from entrypoints.operations import Operations

# So many faults are listed, and so many names in a row.
_LISTED_MOST = 100
_LINE_MOST = 500
_NAMES = {
    Kind.CHEAT_PLATFORMS: "cheats' platforms",
    Kind.CHEAT_TOPICS: "cheats' topics",
}

_Leaf = str | bool


class _OwnNamesFile(msgspec.Struct, forbid_unknown_fields=True):
    """The file behind --map: `false` in place of a name means that it is left alone."""

    tables: dict[str, _Leaf] = {}
    columns: dict[str, dict[str, _Leaf]] = {}
    values: dict[str, dict[str, dict[str, str]]] = {}


@click.command(
    epilog=examples(
        "satchel adopt instance/app.db --dry-run",
        "satchel adopt instance/app.db --map names.toml",
        "satchel adopt postgresql://flask@db.example.org/tasks --users accounts.db",
    )
)
@click.argument("source")
@click.option(
    "--map",
    "map_file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Names of tables, columns and values that differ from the usual ones, as TOML or JSON.",
)
@click.option("--users", "users_source", metavar="SOURCE", help="Where the users are, if not in SOURCE.")
@click.option("--owner", metavar="NAME", help="Who gets what is nobody's; by default the first admin.")
@click.option("--dry-run", is_flag=True, help="Change nothing, and tell what would be done.")
@click.option("--skip-invalid", is_flag=True, help="Leave out what breaks a rule, rather than refuse everything.")
def adopt(
    source: str,
    map_file: Path | None,
    users_source: str | None,
    owner: str | None,
    dry_run: bool,
    skip_invalid: bool,
) -> None:
    """Take in what an older service kept in SOURCE, or nothing.

    SOURCE is the path of an SQLite file, or a postgresql:// URL; it is only read. Users come with their passwords,
    tasks, cheats with platforms, topics and bags, and posts. Doing it twice changes nothing.
    """
    for url in filter(None, (source, users_source)):
        if "://" in url and (fault := url_fault(url)) is not None:
            raise click.ClickException(f"SOURCE {fault}.")
    own_names = OwnNames() if map_file is None else _own_names(map_file)

    async def work(container: Operations) -> Adoption:
        people = None if users_source is None else container.older_service(users_source, own_names)
        with _shown() as progress:
            return await container.adopt_older_service()(
                container.older_service(source, own_names),
                people_of=people,
                owner=owner,
                dry_run=dry_run,
                skip_invalid=skip_invalid,
                progress=progress,
            )

    adoption = in_current_store(command_settings(), work)
    _tell(adoption)
    if dry_run:
        click.echo("Nothing was changed.")
        if adoption.is_refused:
            click.echo("As it is, all of it would be refused: mend what is listed above, or see --skip-invalid.")
    elif adoption.is_refused:
        raise click.ClickException(
            "Not all of it can be taken in, so nothing was changed. Say with --map what it means, or leave out "
            "what is listed above with --skip-invalid."
        )
    elif not adoption.findings.change_anything:
        click.echo("Nothing of it was missing, so nothing was changed.")


def _own_names(file: Path) -> OwnNames:
    try:
        text = file.read_text(encoding="utf-8")
        raw: object = json.loads(text) if file.suffix.lower() == ".json" else tomllib.loads(text)
        read = msgspec.convert(raw, _OwnNamesFile)
    except OSError as error:
        raise click.ClickException(f"{file}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise click.ClickException(f"{file} cannot be read: {error}") from error
    return OwnNames(
        _names(read.tables, file), {kind: _names(names, file) for kind, names in read.columns.items()}, read.values
    )


def _names(names: Mapping[str, _Leaf], file: Path) -> dict[str, str | None]:
    if any(name is True for name in names.values()):
        raise click.ClickException(f"{file}: a name is a text, or false for what is to be left alone.")
    return {key: name if isinstance(name, str) else None for key, name in names.items()}


@contextmanager
def _shown() -> Generator[Progress]:
    """Yield what shows on a terminal how many passwords are taken over: they are what takes its time."""
    is_shown = sys.stderr.isatty()
    with click.progressbar(length=0, label="Passwords", file=sys.stderr, hidden=not is_shown) as bar:

        def progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield progress


def _tell(adoption: Adoption) -> None:
    findings = adoption.findings
    _list_faults(findings.faults)
    kinds = [kind for kind in Kind if findings.added[kind] or findings.known[kind] or findings.refused[kind]]
    counts = [
        (_NAMES.get(kind, kind.value), *(f"{count[kind]:,}" for count in _counts(findings))) for kind in kinds
    ]
    if counts:
        click.echo(aligned(("WHAT", "NEW", "HERE BEFORE", "LEFT OUT"), counts))
    else:
        click.echo("Nothing was found that is known here by its name. Say what is called how with --map.")
    for note in findings.notes[:_LISTED_MOST]:
        click.echo(f"Note: {printable(note, _LINE_MOST)}")
    if findings.admins:
        click.echo(f"Admins among the new users: {_names_of(findings.admins)}.")
    if findings.without_password:
        click.echo(
            f"Without a password that can be checked here: {_names_of(findings.without_password)}. Give them one "
            f'with "{program()} users set-password NAME".'
        )
    if adoption.unread:
        click.echo(f"Not read: {printable(', '.join(adoption.unread), 10 * _LINE_MOST)}.")


def _counts(findings: Findings) -> Sequence[Mapping[Kind, int]]:
    return findings.added, findings.known, findings.refused


def _list_faults(faults: Sequence[Fault]) -> None:
    for fault in faults[:_LISTED_MOST]:
        click.echo(printable(f"{fault.field} {fault.message}", _LINE_MOST), err=True)
    if (more := len(faults) - _LISTED_MOST) > 0:
        click.echo(f"... and {more:,} more", err=True)


def _names_of(names: Sequence[str]) -> str:
    shown = ", ".join(printable(name, USERNAME_MOST) for name in names[:_LISTED_MOST])
    return shown if len(names) <= _LISTED_MOST else f"{shown} and {len(names) - _LISTED_MOST:,} more"
