"""The OpenAPI document as programs read it that write clients: what comes out is complete and named well."""

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import msgspec
import pytest

from entrypoints.http.openapi import openapi_document
from tests.contracts.http_service import Json

DOCUMENT: Json = msgspec.json.decode(openapi_document())
SCHEMAS: Json = DOCUMENT["components"]["schemas"]
OPERATIONS: list[Json] = [operation for item in DOCUMENT["paths"].values() for operation in item.values()]
_CAMEL = re.compile(r"[a-z]+([A-Z][a-z]+)*")
_PASCAL = re.compile(r"([A-Z][a-z]+)+")


def schemas(of: Any = None, where: str = "") -> Iterator[tuple[str, Json]]:
    """Yield every schema of the document, down to the fields, with the place where it stands."""
    if of is None:
        for name, schema in SCHEMAS.items():
            yield from schemas(schema, name)
        for operation in OPERATIONS:
            own = operation["operationId"]
            for parameter in operation.get("parameters", ()):
                yield from schemas(parameter["schema"], f"{own} {parameter['name']}")
            for body in (operation.get("requestBody", {}), *operation["responses"].values()):
                for kind, media in body.get("content", {}).items():
                    yield from schemas(media["schema"], f"{own} {kind}")
        return
    yield where, of
    for name, schema in of.get("properties", {}).items():
        yield from schemas(schema, f"{where}.{name}")
    for word in ("items", "additionalProperties"):
        if isinstance(of.get(word), dict):
            yield from schemas(of[word], f"{where}.{word}")
    for choice in of.get("anyOf", ()):
        yield from schemas(choice, f"{where}.anyOf")


class TestNames:
    """What types, operations and arguments are called."""

    def test_things_have_the_names_that_people_give_them(self) -> None:
        """What is sent to make one, to change one, and what comes back."""
        assert {"Task", "NewTask", "TaskChanges", "SignIn", "SignedIn", "Problem", "Fault"} <= SCHEMAS.keys()

    def test_no_name_tells_on_the_code(self) -> None:
        for name in SCHEMAS:
            assert _PASCAL.fullmatch(name), name
            assert not name.endswith(("Out", "Input", "Output", "Struct")), name
            assert name == "SignIn" or not name.endswith("In") or name == "SignedIn", name

    @pytest.mark.parametrize(
        "own",
        ["signUp", "signIn", "refresh", "signOut", "me", "listTasks", "createTask", "getTask", "changeTask",
         "deleteTask", "summariseTasks", "listCheats", "keepInBag", "listPosts", "searchEverything"],
    )  # fmt: skip
    def test_an_operation_keeps_its_name(self, own: str) -> None:
        """Programs that were written against a client call them."""
        assert own in {operation["operationId"] for operation in OPERATIONS}

    def test_operations_fields_and_parameters_are_in_camel_case(self) -> None:
        # What is counted is keyed by the values of an enumeration.
        counts = {f"TaskSummary.{name}" for name in ("byStatus", "byPriority")}
        named = [operation["operationId"] for operation in OPERATIONS]
        named += [name for where, it in schemas() if where not in counts for name in it.get("properties", ())]
        named += [it["name"] for each in OPERATIONS for it in each.get("parameters", ()) if it["in"] != "header"]
        assert [name for name in named if not _CAMEL.fullmatch(name)] == []

    def test_every_type_says_what_it_is(self) -> None:
        assert [name for name, schema in SCHEMAS.items() if not schema.get("description")] == []


class TestShapes:
    """What types hold: nothing is left open that is known."""

    def test_every_answer_says_what_it_is(self) -> None:
        """Generators write this beside its type; the words of the HTTP status say nothing of it."""
        told = {answer["description"] for each in OPERATIONS for answer in each["responses"].values()}
        assert not told & {status.description for status in HTTPStatus}

    def test_no_type_is_unknown(self) -> None:
        said = {"type", "$ref", "anyOf", "const"}
        assert [where for where, schema in schemas() if not said & schema.keys()] == []

    def test_a_choice_is_among_two_or_more(self) -> None:
        assert [where for where, it in schemas() if len(it.get("anyOf", "ab")) < 2] == []

    def test_an_object_names_its_fields(self) -> None:
        """Only what is known of an event depends on its type."""
        open_ones = [where for where, it in schemas() if it.get("type") == "object" and "properties" not in it]
        assert open_ones == ["Event.data"]

    def test_an_enumeration_is_written_down_once(self) -> None:
        """Else each use would be a type of its own."""
        values = [frozenset(it["enum"]) for where, it in schemas() if "enum" in it and not where.endswith(" sort")]
        assert len(values) == len(set(values))

    def test_a_shared_enumeration_has_no_default(self) -> None:
        """It is a field that has one: an answer without the field would be a fault."""
        assert [name for name, schema in SCHEMAS.items() if "default" in schema] == []
        assert SCHEMAS["NewTask"]["properties"]["priority"]["default"] == "medium"

    def test_times_are_told_apart_from_other_text(self) -> None:
        times = [(where, it) for where, it in schemas() if re.search(r"(At|deadline\w*)(\.anyOf)?$", where)]
        assert times
        for where, it in times:
            assert it.get("format") == "date-time" or "anyOf" in it or it["type"] == "null", where

    def test_what_is_null_at_times_is_there_nevertheless(self) -> None:
        """An answer leaves out a field only where that means something."""
        assert "deadline" in SCHEMAS["Task"]["required"]
        answers = {"Task", "Cheat", "Post", "User", "Event", "Session", "Webhook", "Delivery", "SearchResult"}
        for name in answers:
            assert set(SCHEMAS[name]["required"]) == SCHEMAS[name]["properties"].keys(), name
