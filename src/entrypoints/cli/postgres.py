"""`satchel postgres`: PostgreSQL's own programs, led to Satchel's database."""

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import click

from entrypoints.cli.database import postgresql_settings, reachable_database
from entrypoints.cli.help import examples
from entrypoints.operations import Operations


@click.command(
    epilog=examples(
        "satchel postgres psql",
        "satchel postgres psql -c 'SELECT count(*) FROM tasks'",
        "satchel postgres pg_dump --format=custom --file=satchel.dump",
    ),
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("program")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[ARGS]...")
@click.pass_context
def postgres(context: click.Context, program: str, arguments: tuple[str, ...]) -> None:
    """Run a program of PostgreSQL's on the database, such as psql.

    It finds the database, with its password, in its environment (PGHOST and so on), and the server's own programs
    first on its PATH; its exit code is passed on. If DATABASE_LISTEN_URL leads around a pooler, that way is taken.
    An embedded PostgreSQL that does not run is started for as long as this takes.
    """
    with reachable_database(postgresql_settings()) as settings:
        direct = replace(settings, database_url=settings.database_listen_url or settings.database_url)
        container = Operations(settings=direct)
        programs: Path | None = container.client_programs()
        path = os.pathsep.join([*([str(programs)] if programs else []), os.environ.get("PATH", os.defpath)])
        # To libpq a service counts before the variables that lead to the database, and may lead elsewhere.
        inherited = {name: value for name, value in os.environ.items() if name != "PGSERVICE"}
        environment = {**inherited, **container.client_variables(), "PATH": path}
        found = shutil.which(program, path=path)
        if found is None:
            raise click.ClickException(f"There is no {program} here: install PostgreSQL's client programs.")
        code = subprocess.run([found, *arguments], env=environment, check=False).returncode  # noqa: S603 - as typed
    context.exit(code if code >= 0 else 128 - code)
