"""`satchel migrate`: the database's schema, up to date or back."""

import click

from entrypoints.cli.database import in_store, is_current, reachable_database
from entrypoints.container import Container
from entrypoints.logs import configure_logs
from entrypoints.settings import LogLevel, load_settings


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if migrations are missing.")
@click.option("--to", "revision", metavar="REV", help="Go up or down to this revision; base is the empty schema.")
def migrate(check: bool, revision: str | None) -> None:
    """Bring the database's schema to where this version of Satchel expects it.

    Several at once are safe: they wait for one another.

    \b
    Examples:
      satchel migrate
      satchel migrate --check
      satchel migrate --to 0001    up or down to this revision; going down loses what it added
    """
    if check and revision is not None:
        raise click.UsageError("--check looks at the newest revision; it does not go with --to.")
