"""`satchel seed`: something to look at in an empty service."""

import click

from application.seed import DEMO_PEOPLE
from entrypoints.cli.database import in_current_store
from entrypoints.cli.help import examples
from entrypoints.container import Container
from entrypoints.settings import load_settings


@click.command(epilog=examples("satchel seed --demo"))
@click.option("--demo", is_flag=True, required=True, help="Add the demo users and their tasks.")
def seed(demo: bool) -> None:
    """Fill an empty Satchel with demo users and a dozen tasks.

    Only where there are no users yet, and never in production: everyone knows these passwords.
    """
    if load_settings().is_production:
        raise click.ClickException(
            "The demo users have well-known passwords, so production has none. "
            'Add an account with "satchel users create".'
        )

    async def work(container: Container) -> bool:
        return await container.seed_demo()()

    if in_current_store(work):
        people = " and ".join(f"{person.username}/{person.password}" for person in DEMO_PEOPLE)
        click.echo(f"Added the demo users {people} and their tasks.")
    else:
        click.echo("There are users already: nothing was changed.")
