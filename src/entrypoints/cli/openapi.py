"""`satchel openapi`: the description of the HTTP API."""

import click

from entrypoints.http.app import openapi_document


@click.command()
def openapi() -> None:
    """Print the OpenAPI 3.1 document of the HTTP API, as JSON.

    \b
    Examples:
      satchel openapi > openapi.json
    """
    click.echo(openapi_document())
