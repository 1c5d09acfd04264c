"""Turns what a client sent into typed values, or names every fault in it.

msgspec stops at the first fault and quotes Python's types, so it decodes what is valid (fast), and what is not
is looked at again here, field by field, with messages made from what each field expects.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException, InternalServerException
from msgspec import inspect

from domain.errors import Fault, Invalid, NotFound
from domain.text import normalised, unstorable_reason

StructT = TypeVar("StructT", bound=msgspec.Struct)

ID_MOST = 2**63 - 1
_ESCAPED_NUL = rb"\u0000"


class Refusal(HTTPException):
    """A request refused for what HTTP says about it. The detail is ours, so it may be shown."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(status_code=status, detail=detail)


class JsonRequest(Request[Any, Any, Any]):
    """A request whose JSON body is decoded strictly, straight into the struct that its handler declares."""

    async def body(self) -> bytes:
        """Return the body; for routes that read one, and so need one.

        Raises:
            Refusal: 400 where there is none, or the client left before it was all here.
        """
        try:
            body = await super().body()
        except InternalServerException:
            raise Refusal(400, "The connection broke off before the body was complete.") from None
        if not body:
            raise Refusal(400, "The body is empty; send a JSON object.")
        return body

    async def json(self) -> Any:
        """Return the body as the handler's struct.

        Raises:
            Refusal: 415 where the body is not declared to be JSON, 400 where it is not.
            Invalid: with every field that is missing, unknown or of the wrong type.
        """
        media_type, _ = self.content_type
        if media_type.lower() != "application/json":
            raise Refusal(415, "Send the body as JSON, with the header Content-Type: application/json.")
        field = self.route_handler.parsed_data_field
        return decode_body(await self.body(), field.annotation) if field else None


def decode_body(body: bytes, into: type[StructT]) -> StructT:
    """Return a JSON body as the struct; see `JsonRequest.json` for what is raised."""
    if _ESCAPED_NUL not in body:
        with suppress(msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return msgspec.json.decode(body, type=into, strict=True)
    try:
        # Python's own decoder takes lone surrogates, so that they can be reported with the field they are in.
        document: object = json.loads(body.decode(), parse_constant=_refuse_constant, parse_int=_parse_int)
    except (ValueError, RecursionError):
        raise Refusal(400, "The body is not JSON in UTF-8, or is nested too deeply.") from None
    if not isinstance(document, dict):
        raise Invalid(Fault("body", "must be a JSON object"))
    # JSON's keys are always strings.
    return from_fields(document, into, strict=True)  # pyright: ignore[reportUnknownArgumentType]


def read_query(request: Request[Any, Any, Any], into: type[StructT]) -> StructT:
    """Return the query string as the struct; unknown parameters are left alone.

    A parameter for many values takes a comma list and repetition; of a repeated single one the last counts.

    Raises:
        Invalid: with every parameter that is not what the struct expects.
    """
    types = get_type_hints(into, include_extras=True)
    fields: dict[str, object] = {}
    for field in msgspec.structs.fields(into):
        given = request.query_params.getall(field.encode_name, [])
        if not given:
            continue
        if _takes_many(types[field.name]):
            fields[field.encode_name] = [part for text in given for part in text.split(",") if part]
        else:
            fields[field.encode_name] = given[-1]
    return from_fields(fields, into, strict=False)


def from_fields(document: Mapping[str, object], into: type[StructT], *, strict: bool) -> StructT:
    """Return the struct with these fields, named as on the wire.

    Raises:
        Invalid: with every field that is missing, unknown or not what the struct expects.
    """
    types = get_type_hints(into, include_extras=True)
    known = {field.encode_name: field for field in msgspec.structs.fields(into)}
    faults = [
        Fault(printable(name), f"is not a field here; known are {', '.join(known)}")
        for name in document
        if name not in known
    ]
    values: dict[str, object] = {}
    for wire_name, field in known.items():
        if wire_name not in document:
            if field.required:
                faults.append(Fault(wire_name, "is required"))
            continue
        value = _normalise(document[wire_name])
        if reasons := list(_text_faults(value)):
            faults.extend(Fault(wire_name, reason) for reason in reasons)
            continue
        try:
            values[field.name] = msgspec.convert(value, types[field.name], strict=strict)
        except (msgspec.ValidationError, OverflowError):
            # A query cannot say null; leaving the parameter out does.
            expected = expectation(types[field.name]).replace("" if strict else "null or ", "")
            faults.append(Fault(wire_name, expected))
    if faults:
        raise Invalid(*faults)
    return into(**values)


def path_id(text: str, kind: str) -> int:
    """Return the id that a path segment stands for.

    Raises:
        NotFound: it is no positive 64-bit integer in plain ASCII digits, so nothing has it.
    """
    if text.isascii() and text.isdigit() and len(text) <= len(str(ID_MOST)) and text[0] != "0":
        number = int(text)
        if number <= ID_MOST:
            return number
    raise NotFound(f"There is no {kind} {printable(text)}.")


def printable(text: str, most: int = 80) -> str:
    """Return a client's text fit to be shown back: no control characters or surrogates, and not too long."""
    shown = "".join(mark if mark.isprintable() else "\ufffd" for mark in text[:most])
    return shown if len(text) <= most else f"{shown}…"


def expectation(annotation: object) -> str:
    """Say what a field of this type must be, in words for the person who filled it in."""
    return f"must be {' or '.join(_describe(inspect.type_info(annotation)))}"


def _describe(kind: inspect.Type) -> Iterator[str]:
    match kind:
        case inspect.Metadata(type=inner):
            yield from _describe(inner)
        case inspect.UnionType(types=members):
            for member in sorted(members, key=lambda member: not isinstance(member, inspect.NoneType)):
                yield from _describe(member)
        case inspect.StrType(min_length=least, max_length=most):
            if least is not None and most is not None:
                yield f"text of {least} to {most:,} characters"
            elif most is not None:
                yield f"text of at most {most:,} characters"
            else:
                yield "text"
        case inspect.IntType(ge=least, le=most):
            if most is None:
                yield "a whole number"
            elif most == ID_MOST:
                yield "an id, a positive whole number"
            else:
                yield f"a whole number from {least} to {most:,}"
        case inspect.BoolType():
            yield "true or false"
        case inspect.DateTimeType():
            yield "a time with its offset, like 2026-01-31T17:00:00Z"
        case inspect.EnumType(cls=choices):
            yield f"one of {', '.join(str(choice.value) for choice in choices)}"
        case inspect.LiteralType(values=(only,)):
            yield str(only)
        case inspect.LiteralType(values=choices):
            yield f"one of {', '.join(map(str, choices))}"
        case inspect.NoneType():
            yield "null"
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            yield f"a list, each of them {' or '.join(_describe(item))}"
        case _:
            yield "of another type"


def _takes_many(annotation: object) -> bool:
    origin = get_origin(annotation)
    if origin is tuple:
        return True
    return any(_takes_many(part) for part in get_args(annotation)) if origin is not None else False


def _normalise(value: object) -> object:
    return normalised(value) if isinstance(value, str) else value


def _text_faults(value: object) -> Iterator[str]:
    if isinstance(value, str):
        if reason := unstorable_reason(value):
            yield reason
    elif isinstance(value, Sequence):
        for item in cast("Sequence[object]", value):
            yield from _text_faults(item)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _parse_int(digits: str) -> int:
    # Beyond every bound we have, one number is as wrong as another, and the longest ones take long to convert.
    return int(digits) if len(digits) < 30 else 10**30


def set_fields(struct: msgspec.Struct) -> dict[str, Any]:
    """Return the fields that the client did send, for a change that leaves the others alone."""
    return {
        name: value for name in struct.__struct_fields__ if (value := getattr(struct, name)) is not msgspec.UNSET
    }


def wire_values(choices: type[Enum]) -> tuple[str, ...]:
    """Return an enum's values as they stand in JSON."""
    return tuple(str(choice.value) for choice in choices)
