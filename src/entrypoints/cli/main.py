"""The `satchel` command: its groups, and how its failures are told."""

import os
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, Final

import click

from domain.errors import DomainError
from entrypoints.cli.help import examples
from entrypoints.cli.messages import in_words

# Each command, where it is, and the first sentence of its help. A command is loaded once it is asked for: all of
# them, with the frameworks under them, take a second and more, and a list of commands should be there at once.
_COMMANDS: Final = {
    "adopt": ("adopt:adopt", "Take in what an older service kept in SOURCE, or nothing."),
    "audit": ("audit:audit", "Check the log of what happened."),
    "config": ("config:config", "Show the settings in force and where they come from."),
    "doctor": (
        "doctor:doctor",
        "Look whether all is fit for the service, and how to mend it.",
    ),
    "export": ("portability:export", "Write all cheats to FILE; a hyphen is standard output."),
    "import": ("portability:import_", "Take in all cheats of FILE or none; a hyphen is standard input."),
    "migrate": ("migrate:migrate", "Bring the database's schema up to date."),
    "openapi": ("openapi:openapi", "Print the OpenAPI 3.1 document of the HTTP API, as JSON."),
    "postgres": ("postgres:postgres", "Run a program of PostgreSQL's on the database, such as psql."),
    "seed": ("seed:seed", "Fill an empty Satchel with demo users, tasks, cheats and posts."),
    "serve": ("serve:serve", "Start the service and keep it running until Ctrl-C or SIGTERM."),
    "users": ("users:users", "Add accounts, let newcomers in and see who is there."),
}
# What shells report for a command that Ctrl-C ended: 128 and the number of SIGINT.
INTERRUPTED = 130


class Commands(click.Group):
    """Satchel's commands: loaded on demand, a refusal is a message and exit code 1, and Ctrl-C ends quietly."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        if cmd_name not in _COMMANDS:
            return None
        place, _ = _COMMANDS[cmd_name]
        command: click.Command = resolve_name(f"entrypoints.cli.{place}")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in _COMMANDS.items()])

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run as a program does. A full disk, and the like, is a message and exit code 1, too."""
        try:
            return super().main(*args, **extra)
        except OSError as error:
            click.echo(f"Error: {error.strerror or error}", err=True)
            # What could not be written is not to be tried again on the way out.
            with Path(os.devnull).open("w") as nowhere, suppress(OSError):
                os.dup2(nowhere.fileno(), sys.stdout.fileno())
            sys.exit(1)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except DomainError as error:
            raise click.ClickException(in_words(error)) from error
        except (KeyboardInterrupt, click.Abort):
            click.echo(err=True)
            ctx.exit(INTERRUPTED)


@click.group(
    epilog=examples(
        "satchel serve                          start the service, with a PostgreSQL of its own",
        "satchel seed --demo                    fill an empty one with two people and their tasks",
        "satchel users create ada --role admin  add an account",
        "satchel export cheats.md               write down what the team knows",
        "satchel config                         show the settings in force",
        "satchel doctor                         look whether all is well",
    ),
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(version("satchel"), prog_name="satchel", message="%(prog)s %(version)s")
def main() -> None:
    """Accounts, tasks, cheats and posts of a small team, over HTTP and in the browser.

    Settings come from the environment and from .env in the working directory.
    Each command has its own --help.
    """
