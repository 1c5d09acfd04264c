"""Requests made from the OpenAPI document, and answers held to it."""
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false
# The library that makes the requests leaves some of its types open.

from typing import Any

import httpx
import pytest
import requests
import schemathesis
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.contracts.http_service import Json, Person, Service
from tests.contracts.properties import for_all
from tests.unit.test_http_openapi import DOCUMENT, named, operations

# Longer ones never get past the server's own bound for heads, and httpx does not send them.
URL_MOST = 60_000

SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


def generated() -> list[Any]:
    """Return each operation as described, and otherwise where there is anything to get wrong."""
    return [
        pytest.param(operation, mode, id=f"{mode.value}-{named(operation)}")
        for operation in operations()
        for mode in GenerationMode
        if mode.is_positive or "parameters" in operation[2] or "requestBody" in operation[2]
    ]


@pytest.mark.anyio
class TestConformance:
    """Every operation, asked as the document says and otherwise."""

    @pytest.mark.parametrize(("operation", "mode"), generated())
    async def test_every_answer_is_one_the_document_names(
        self, service: Service, ada: Person, operation: tuple[str, str, Json], mode: GenerationMode
    ) -> None:
        method, path, it = operation
        cases = SCHEMA[path][method].as_strategy(mode)

        async def examine(case: Case[Any]) -> None:
            # Signing out would leave nothing but 401 to whoever comes after.
            person = await service.signs_in(ada.username) if it["operationId"] == "signOut" else ada
            prepared = requests.Request(**case.as_transport_kwargs(base_url="http://satchel.example")).prepare()
            if len(str(prepared.url)) > URL_MOST:
                return
            response = await sent(prepared, person)
            try:
                case.validate_response(response, checks=CHECKS)
            except BaseExceptionGroup as failures:
                # An assertion is what a test fails with; groups of this kind would end the loop as well.
                pytest.fail(f"{response.status_code} {response.text}: {failures.exceptions}")

        await for_all(cases, examine, examples=8)


async def sent(prepared: requests.PreparedRequest, person: Person) -> httpx.Response:
    """Send a generated request as someone, exactly as it was generated."""
    body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
    assert body is None or isinstance(body, bytes)
    headers = {
        name.encode(): value if isinstance(value, bytes) else value.encode("latin-1")
        for name, value in prepared.headers.items()
        if name.lower() != "content-length"
    }
    return await person.http.request(
        str(prepared.method), str(prepared.url), content=body, headers=list(headers.items())
    )
