"""The `satchel` command: its groups, and how its failures are told."""

from importlib.metadata import version
from typing import Any

import click

from domain.errors import DomainError
from entrypoints.cli.config import config
from entrypoints.cli.help import examples
from entrypoints.cli.messages import in_words
from entrypoints.cli.migrate import migrate
from entrypoints.cli.openapi import openapi
from entrypoints.cli.portability import export, import_
from entrypoints.cli.seed import seed
from entrypoints.cli.serve import serve
from entrypoints.cli.users import users

# What shells report for a command that Ctrl-C ended: 128 and the number of SIGINT.
INTERRUPTED = 130


class Commands(click.Group):
    """A group of commands in which a refusal is a message and exit code 1, and Ctrl-C ends quietly."""

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
    ),
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(version("satchel"), prog_name="satchel", message="%(prog)s %(version)s")
def main() -> None:
    """Accounts, tasks and cheats of a small team, behind one HTTP API.

    Settings come from the environment and from .env in the working directory.
    Each command has its own --help.
    """


for command in (serve, migrate, seed, users, export, import_, config, openapi):
    main.add_command(command)
