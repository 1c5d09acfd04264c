"""`satchel openapi`: the description of the HTTP API."""

import click

from entrypoints.cli.help import examples
from entrypoints.http.openapi import openapi_document


@click.command(epilog=examples("satchel openapi > openapi.json"))
def openapi() -> None:
    """Print the OpenAPI 3.1 document of the HTTP API, as JSON."""
    click.echo(openapi_document())
