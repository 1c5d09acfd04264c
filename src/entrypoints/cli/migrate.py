"""`satchel migrate`: the database's schema, up to date or back."""

import click

from entrypoints.cli.database import postgresql_settings, reachable_database
from entrypoints.cli.help import examples
from entrypoints.operations import Operations


@click.command(
    epilog=examples(
        "satchel migrate",
        "satchel migrate --check",
        "satchel migrate --to 0001    up or down to this revision; going down loses what it added",
    )
)
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if migrations are missing.")
@click.option("--to", "revision", metavar="REV", help="Go up or down to this revision; base is the empty schema.")
def migrate(check: bool, revision: str | None) -> None:
    """Bring the database's schema up to date.

    Several at once are safe: they wait for one another.
    """
    if check and revision is not None:
        raise click.UsageError("--check looks at the newest revision; it does not go with --to.")
    with reachable_database(postgresql_settings()) as settings:
        container = Operations(settings=settings)
        before = container.current_revision()
        newest = container.newest_revision()
        if check:
            if before != newest:
                raise click.ClickException(f"The schema is {_named(before)}; this version needs {newest}.")
        elif revision is None:
            container.upgrade_schema()
        else:
            container.move_schema(revision)
        after = container.current_revision()
    click.echo(
        f"The schema is {_named(after)}" + (", as before." if after == before else f"; it was {_named(before)}.")
    )


def _named(revision: str | None) -> str:
    return "empty" if revision is None else f"at revision {revision}"
