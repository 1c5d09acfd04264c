"""`satchel config`: the settings in force."""

import click

from entrypoints.cli.help import examples
from entrypoints.cli.table import aligned
from entrypoints.settings_reading import read_settings


@click.command(epilog=examples("satchel config", "LOG_FORMAT=json satchel config | grep LOG_"))
def config() -> None:
    """Show the settings in force and where they come from. Nothing is made or changed."""
    settings = read_settings()
    rows = [(name, value, settings.sources[name]) for name, value in settings.masked().items()]
    click.echo(aligned(("VARIABLE", "VALUE", "FROM"), rows))
