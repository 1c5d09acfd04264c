"""`satchel config`: the settings in force."""

import click

from entrypoints.cli.table import aligned
from entrypoints.settings import load_settings


@click.command()
def config() -> None:
    """Show every setting in force and where it comes from; secrets are masked.

    \b
    Examples:
      satchel config
      LOG_FORMAT=json satchel config | grep LOG_
    """
    settings = load_settings()
    rows = [(name, value, settings.sources[name]) for name, value in settings.masked().items()]
    click.echo(aligned(("VARIABLE", "VALUE", "FROM"), rows))
