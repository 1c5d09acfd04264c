"""The operations of the HTTP API, as its OpenAPI document tells of them."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from entrypoints.http.openapi import openapi_document

Json = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """One operation: its method and path, and what the document says of it."""

    method: str
    path: str
    says: Json

    @property
    def id(self) -> str:
        """Its name in the document."""
        name: str = self.says["operationId"]
        return name

    @property
    def tag(self) -> str:
        """The part of the API that it belongs to."""
        tag: str = self.says["tags"][0]
        return tag


@cache
def document() -> Json:
    """Return the OpenAPI document."""
    parsed: Json = json.loads(openapi_document())
    return parsed


def operations() -> list[Operation]:
    """Return all operations, in the order of the document; PUT, which means what PATCH means, is left out."""
    return [
        Operation(method.upper(), path, says)
        for path, methods in document()["paths"].items()
        for method, says in methods.items()
        if not (method == "put" and "patch" in methods)
    ]
