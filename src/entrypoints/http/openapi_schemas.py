"""The schemas of the OpenAPI document, made fit for programs that write clients from it.

A client's types are named and shaped as the schemas are. So each thing has one name, without the endings that tell
requests and answers apart in the code, and no schema leaves open what is known.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from inspect import cleandoc
from typing import Any, cast, get_args

import msgspec

from domain.tasks import TaskPriority, TaskStatus
from entrypoints.http.task_structs import StatusIn
from entrypoints.http.templates import shown

Json = dict[str, Any]

_REFERENCE = "#/components/schemas/"
_ACCEPTED_STATUS: Json = {
    "type": "string",
    "description": "How far a task has come, as it may be sent: `pending` is read as `todo`.",
    "enum": list(get_args(StatusIn)),
}
# Counts that name every value, also those that nothing has.
_COUNTS: Mapping[str, type[StrEnum]] = {"byStatus": TaskStatus, "byPriority": TaskPriority}
_PARAMETER = re.compile(r"\{(\w+)\}")


def mended(document: Json) -> Json:
    """Return the document with the names and the exactness that clients are generated from."""
    # Parts of it are constants elsewhere, or stand in several places.
    document = msgspec.json.decode(msgspec.json.encode(document))
    schemas: Json = document["components"]["schemas"]
    for struct in _structs():
        if struct.__name__ in schemas:
            _describe(schemas[struct.__name__], struct)
    schemas["AcceptedTaskStatus"] = dict(_ACCEPTED_STATUS)
    for schema in schemas.values():
        schema.pop("title", None)
        if "enum" in schema:
            schema["type"] = "string"
            schema.pop("default", None)
    enums = {frozenset(schema["enum"]): name for name, schema in schemas.items() if "enum" in schema}
    for node in list(_nodes([document["paths"], *schemas.values()])):
        _simplify(node)
        name = enums.get(frozenset(node.get("enum", ())))
        if name is not None and node is not schemas[name]:
            del node["enum"]
            node.pop("type", None)
            node["$ref"] = _REFERENCE + name
    names = {name: _public_name(name, schemas) for name in schemas}
    document["components"]["schemas"] = {names[name]: schema for name, schema in schemas.items()}
    for node in _nodes([document["paths"], *schemas.values()]):
        if node.get("$ref", "").startswith(_REFERENCE):
            node["$ref"] = _REFERENCE + names[node["$ref"].removeprefix(_REFERENCE)]
    document["paths"] = {_shown_path(path, item): item for path, item in document["paths"].items()}
    return document


def _structs(of: type[msgspec.Struct] = msgspec.Struct) -> Iterator[type[msgspec.Struct]]:
    for struct in of.__subclasses__():
        if struct.__module__.startswith("entrypoints."):
            yield struct
        yield from _structs(struct)


def _describe(schema: Json, struct: type[msgspec.Struct]) -> None:
    """Tell what the struct is, and which of its fields are members of an enumeration unless they are sent."""
    schema["description"] = cleandoc(struct.__doc__ or "").partition("\n\n")[0].replace("\n", " ")
    for field in msgspec.structs.fields(struct):
        described = schema["properties"][field.encode_name]
        if isinstance(field.default, StrEnum):
            described["default"] = field.default.value
        if field.encode_name in _COUNTS:
            values = [value.value for value in _COUNTS[field.encode_name]]
            described.pop("additionalProperties")
            described |= {"properties": {value: {"type": "integer"} for value in values}, "required": values}


def _nodes(of: Any) -> Iterator[Json]:
    """Yield every object of the document except examples, the inner ones first."""
    if isinstance(of, dict):
        node = cast("Json", of)
        for key, value in node.items():
            if key not in {"example", "examples", "default"}:
                yield from _nodes(value)
        yield node
    elif isinstance(of, list):
        for item in cast("Sequence[Any]", of):
            yield from _nodes(item)


def _simplify(node: Json) -> None:
    """Take the choice out of a schema where there is none."""
    for word in ("oneOf", "anyOf"):
        if isinstance(node.get(word), list):
            choices: list[Json] = node[word]
            # A choice without a word allows everything, and so would undo the others.
            kept = [choice for choice in choices if choice]
            if len(kept) == 1:
                del node[word]
                node |= {**kept[0], **node}
            else:
                node[word] = kept
    match node:
        case {"enum": [only]}:
            del node["enum"]
            node |= {"type": "string", "const": only}
        case {"enum": [*_]}:
            node["type"] = "string"
        case _:
            pass


def _public_name(name: str, among: Json) -> str:
    if name.endswith("Out"):
        return name.removesuffix("Out")
    thing = name.removesuffix("In")
    return f"New{thing}" if thing != name and f"{thing}Out" in among else thing


def _shown_path(path: str, item: Json) -> str:
    """Return the path as it is shown, and name its parameters so in its operations."""
    path_shown = shown(path)
    names = dict(zip(_PARAMETER.findall(path), _PARAMETER.findall(path_shown), strict=True))
    for operation in item.values():
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                parameter["name"] = names[parameter["name"]]
    return path_shown
