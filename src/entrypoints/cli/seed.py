"""`satchel seed`: something to look at in an empty service."""

import click

from application.demo.people import DEMO_PEOPLE
from entrypoints.cli.database import command_settings, in_current_store
from entrypoints.cli.help import examples
from entrypoints.cli.messages import program
from entrypoints.operations import Operations


@click.command(epilog=examples("satchel seed --demo"))
@click.option("--demo", is_flag=True, required=True, help="Add the demo users, their tasks and their cheats.")
def seed(demo: bool) -> None:
    """Fill an empty Satchel with demo users, tasks, cheats and posts.

    Only where there are no users yet, and never in production: everyone knows these passwords.
    """
    settings = command_settings()
    if settings.is_production:
        raise click.ClickException(
            "The demo users have well-known passwords, so production has none. "
            f'Add an account with "{program()} users create".'
        )

    async def work(container: Operations) -> bool:
        return await container.seed_demo()()

    if in_current_store(settings, work):
        people = " and ".join(f"{person.username}/{person.password}" for person in DEMO_PEOPLE)
        click.echo(f"Added the demo users {people} with their tasks, cheats and posts.")
    else:
        click.echo("There are users already: nothing was changed.")
