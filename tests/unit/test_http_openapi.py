"""The OpenAPI document: whole, true and usable."""

import re
from typing import Any

import jsonschema_rs
import msgspec
import pytest
import schemathesis

from entrypoints.http.openapi import openapi_document
from entrypoints.http.problem_kinds import KINDS
from tests.contracts.http_service import API, Json, Service, document
from tests.unit.test_http_authorization import EVERYONES, routes

DOCUMENT: Json = msgspec.json.decode(openapi_document())


MONITORED = ("/health", "/metrics")
OPEN = {("GET", f"{API}/posts"), ("GET", f"{API}/posts/{{postId}}")}
"""What shows more to those who sign in."""


def operations() -> list[tuple[str, str, Json]]:
    """Return every operation with its method and path."""
    return [(method.upper(), path, it) for path, item in DOCUMENT["paths"].items() for method, it in item.items()]


def shape(path: str) -> str:
    """Return a path without the names of its parameters, which the code has its own for."""
    return re.sub(r"\{\w+\}", "{}", path)


def named(operation: tuple[str, str, Json]) -> str:
    """Return what an operation is called."""
    return str(operation[2]["operationId"])


def resolved(schema: Json) -> Json:
    """Return a schema that carries the components it refers to."""
    return {**schema, "components": DOCUMENT["components"]}


def examples() -> list[tuple[str, Json, Any]]:
    """Return every example in the document: where it is, its schema, and itself."""
    found: list[tuple[str, Json, Any]] = []
    for method, path, operation in operations():
        contents = [operation["requestBody"]["content"]] if "requestBody" in operation else []
        contents += [response.get("content", {}) for response in operation["responses"].values()]
        for content in contents:
            for media in content.values():
                found += [
                    (f"{method} {path} {name}", media["schema"], example["value"])
                    for name, example in media.get("examples", {}).items()
                ]
        for parameter in operation.get("parameters", ()):
            if "example" in parameter:
                found.append((f"{method} {path} {parameter['name']}", parameter["schema"], parameter["example"]))
    return found


class TestDocument:
    """What the document says."""

    def test_it_is_valid_openapi_3_1(self) -> None:
        assert DOCUMENT["openapi"].startswith("3.1.")
        schemathesis.openapi.from_dict(DOCUMENT).validate()

    def test_every_schema_is_valid_json_schema(self) -> None:
        for name, schema in DOCUMENT["components"]["schemas"].items():
            assert jsonschema_rs.meta.is_valid(schema), name
            jsonschema_rs.Draft202012Validator(resolved(schema))

    def test_every_example_is_an_example_of_its_schema(self) -> None:
        assert examples()
        for where, schema, example in examples():
            assert jsonschema_rs.is_valid(resolved(schema), example), where

    def test_examples_within_schemas_are_too(self) -> None:
        for name, schema in DOCUMENT["components"]["schemas"].items():
            for field, described in schema.get("properties", {}).items():
                for example in described.get("examples", ()):
                    assert jsonschema_rs.is_valid(resolved(described), example), f"{name}.{field}"

    def test_operations_have_names_of_their_own_and_say_what_they_do(self) -> None:
        ids = [operation["operationId"] for _, _, operation in operations()]
        assert len(set(ids)) == len(ids)
        assert all(operation["summary"] and operation["tags"] for _, _, operation in operations())

    def test_only_the_current_prefix_is_described(self) -> None:
        around = {"/health", "/health/live", "/health/ready", "/hello", "/metrics"}
        assert all(path.startswith(f"{API}/") or path in around for path in DOCUMENT["paths"])

    @pytest.mark.parametrize("operation", operations(), ids=named)
    def test_an_operation_names_every_code_that_can_come(self, operation: tuple[str, str, Json]) -> None:
        method, path, it = operation
        codes = set(it["responses"])
        expected = {"400", "500"}
        if "requestBody" in it:
            expected |= {"413", "415", "422"}
        if (method, path) not in EVERYONES:
            expected |= {"401"}
        if path.endswith("}"):
            expected |= {"404"}
        if path.endswith("}") and "sessions" not in path and "deliveries" not in path:
            expected |= {"304"} if method == "GET" else {"412"}
        if path not in {"/health/live", "/metrics"}:
            expected |= {"503"}
        if not path.startswith(MONITORED):
            expected |= {"429"}
        assert codes >= expected

    @pytest.mark.parametrize("operation", operations(), ids=named)
    def test_an_error_is_described_as_a_problem(self, operation: tuple[str, str, Json]) -> None:
        for status, response in operation[2]["responses"].items():
            if status.startswith(("4", "5")):
                media = response["content"]["application/problem+json"]
                assert media["schema"] == {"$ref": "#/components/schemas/Problem"}
                for slug, example in media["examples"].items():
                    assert KINDS[slug].status == int(status) == example["value"]["status"]
                assert "X-Request-ID" in response["headers"]

    def test_every_counted_answer_tells_of_the_limits(self) -> None:
        for _, path, it in operations():
            for response in it["responses"].values():
                limits = {"RateLimit", "RateLimit-Policy"} & set(response["headers"])
                assert len(limits) == (0 if path.startswith(MONITORED) else 2), path

    def test_no_body_is_described_as_null(self) -> None:
        for _, path, it in operations():
            for response in it["responses"].values():
                for media in response.get("content", {}).values():
                    assert not jsonschema_rs.is_valid(resolved(media["schema"]), None), path

    def test_security_is_what_the_service_asks_for(self) -> None:
        assert DOCUMENT["components"]["securitySchemes"]["accessToken"]["scheme"] == "bearer"
        for method, path, it in operations():
            if path == "/metrics":
                assert it["security"] == [{}, {"metricsToken": []}]
            elif (method, path) in OPEN:
                assert it["security"] == [{}, {"accessToken": []}]
            else:
                assert it["security"] == ([] if (method, path) in EVERYONES else [{"accessToken": []}])

    def test_a_handshake_is_described_as_switching_protocols(self) -> None:
        responses = DOCUMENT["paths"][f"{API}/events/ws"]["get"]["responses"]
        assert set(responses) == {"101", "400", "401", "422", "426", "429", "500", "503"}

    @pytest.mark.parametrize("path", [f"{API}/events", f"{API}/events/ws"])
    def test_whoever_follows_events_reads_of_that_alone(self, path: str) -> None:
        """Not of passwords, which the same kind of problem is about elsewhere, nor of titles."""
        responses = DOCUMENT["paths"][path]["get"]["responses"]
        assert "50 times" in responses["429"]["description"]
        assert "password" not in str(responses["429"]).lower()
        example = responses["422"]["content"]["application/problem+json"]["examples"]["invalid"]["value"]
        assert [fault["field"] for fault in example["errors"]] == ["after"]

    def test_the_stream_is_shown(self) -> None:
        stream = DOCUMENT["paths"][f"{API}/events"]["get"]["responses"]["200"]["content"]["text/event-stream"]
        (example,) = stream["examples"].values()
        (data,) = (line for line in example["value"].splitlines() if line.startswith("data: "))
        event = msgspec.json.decode(data.removeprefix("data: "))
        assert jsonschema_rs.is_valid(resolved({"$ref": "#/components/schemas/Event"}), event)

    def test_requests_refuse_fields_they_do_not_know(self) -> None:
        for _, _, it in operations():
            if "requestBody" in it:
                schema = it["requestBody"]["content"]["application/json"]["schema"]
                name = schema.get("items", schema)["$ref"].rpartition("/")[2]
                assert DOCUMENT["components"]["schemas"][name]["additionalProperties"] is False


@pytest.mark.anyio
class TestDescribedAndServed:
    """The document beside the service."""

    async def test_every_route_of_the_api_is_described(self, service: Service) -> None:
        described = {(method, shape(path)) for method, path, _ in operations()}
        served = {(method, shape(path)) for method, path in routes(service)}
        around = (f"{API}/health", f"{API}/hello")
        assert {it for it in served if it[1].startswith(f"{API}/") and not it[1].startswith(around)} <= described
        assert described <= served

    async def test_it_is_served_as_json(self, service: Service) -> None:
        response = await service.http.get("/openapi.json")
        assert response.headers["content-type"].startswith("application/json")
        assert document(response) == DOCUMENT
