"""Turns what a client sent into typed values, or names every fault in it.

msgspec stops at the first fault and quotes Python's types, so it decodes what is valid (fast), and what is not
is looked at again here, field by field.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, ClassVar, Final, TypeVar, cast, get_args, get_origin, get_type_hints

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException, InternalServerException

from domain.errors import Fault, Invalid, NotFound
from domain.text import normalised, unstorable_reason
from entrypoints.http.expectation import ID_MOST, expectation

Rules = Mapping[str, Callable[[Any], Iterable[Fault]]]

QUERY_REMEMBERED_MOST: Final = 500
"""How long a query string may be, in bytes, for what was read from it to be remembered."""
_UNKNOWN_MOST = 20
_ESCAPED_NUL = rb"\u0000"
_ID = re.compile(r"[1-9][0-9]{0,18}")
_WHOLE_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,18})")


class Body(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """A request body.

    Attributes:
        rules: the domain's, by field, so that they are named beside faults of type.
        may_be_left_out: whether no body at all means one without fields.
    """

    rules: ClassVar[Rules] = {}
    may_be_left_out: ClassVar[bool] = False


class Query(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A query string."""


BodyT = TypeVar("BodyT", bound=Body)
QueryT = TypeVar("QueryT", bound=Query)
S = TypeVar("S", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a struct as it is read: its name in Python, its type, and how it may be given."""

    name: str
    annotation: Any
    is_required: bool
    takes_many: bool


# Resolving annotations costs more than all the rest of reading a query.
@cache
def fields_of(struct: type[msgspec.Struct]) -> Mapping[str, Field]:
    """Return a struct's fields by their names on the wire."""
    types = get_type_hints(struct, include_extras=True)
    return {
        field.encode_name: Field(field.name, types[field.name], field.required, _takes_many(types[field.name]))
        for field in msgspec.structs.fields(struct)
    }


class Refusal(HTTPException):
    """A request refused for what HTTP says about it. The detail is ours, so it may be shown."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(status_code=status, detail=detail)


class JsonRequest(Request[Any, Any, Any]):
    """A request whose JSON body is decoded strictly, straight into the struct that its handler declares."""

    async def body(self) -> bytes:
        """Return the body; for routes that read one. Where it may be left out, that is an empty object.

        Raises:
            Refusal: 400 where there is none, or the client left before it was all here.
        """
        sent = await self._sent()
        if sent:
            return sent
        if self._struct.may_be_left_out:
            return b"{}"
        raise Refusal(400, "The body is empty; send JSON.")

    async def json(self) -> Any:
        """Return the body as the handler's struct.

        Raises:
            Refusal: 415 where the body is not declared to be JSON, 400 where it is not.
            Invalid: with every field that is missing, unknown or against its rules.
        """
        media_type, _ = self.content_type
        if media_type.lower() != "application/json" and await self._sent():
            raise Refusal(415, "Send the body as JSON, with the header Content-Type: application/json.")
        return await self.decode(await self.body())

    async def decode(self, body: bytes) -> Any:
        """Return a body that should be JSON as what the handler declares; see `json` for what is raised."""
        return decode_body(body, self._struct)

    @property
    def _struct(self) -> type[Body]:
        field = self.route_handler.parsed_data_field
        return Body if field is None else field.annotation

    async def _sent(self) -> bytes:
        try:
            return await super().body()
        except InternalServerException:
            raise Refusal(400, "The connection broke off before the body was complete.") from None


def decode_body(body: bytes, into: type[BodyT]) -> BodyT:
    """Return a JSON body as the struct; see `JsonRequest.json` for what is raised."""
    if _ESCAPED_NUL not in body:
        with suppress(msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            return msgspec.json.decode(body, type=into, strict=True)
    return read_object(parse_json(body), into)


def parse_json(body: bytes) -> object:
    """Return a JSON body as Python's plain types, for finding out what is wrong with it.

    Raises:
        Refusal: 400 where it is not JSON at all.
    """
    try:
        # Python's own decoder takes lone surrogates, so that they can be reported with the field they are in.
        document: object = json.loads(body.decode(), parse_constant=_refuse_constant, parse_int=_parse_int)
    except (ValueError, RecursionError):
        raise Refusal(400, "The body is not JSON in UTF-8, or is nested too deeply.") from None
    return document


def read_object(document: object, into: type[BodyT]) -> BodyT:
    """Return what `parse_json` made of an object as the struct.

    Raises:
        Invalid: with every field that is missing, unknown or against its rules.
    """
    if not isinstance(document, dict):
        raise Invalid(Fault("body", "must be a JSON object"))
    # JSON's keys are always strings.
    fields = cast("dict[str, object]", document)
    return _assemble(fields, into, convert=msgspec.convert, rules=into.rules, faults=_unknown_fields(fields, into))


def read_query(request: Request[Any, Any, Any], into: type[QueryT]) -> QueryT:
    """Return the query string as the struct; unknown parameters are left alone.

    A parameter for many values takes a comma list and repetition; of a repeated single one the last counts.

    Raises:
        Invalid: with every parameter that is not what the struct expects.
    """
    parameters = tuple(request.query_params.multi_items())
    is_short = len(request.scope["query_string"]) <= QUERY_REMEMBERED_MOST
    # Clients ask the same again and again, and reading it takes longer than most of what follows.
    return cast("QueryT", (_remembered_query if is_short else _query)(parameters, into))


def path_id(text: str, kind: str) -> int:
    """Return the id that a path segment stands for.

    Raises:
        NotFound: it is no positive 64-bit integer in plain ASCII digits, so nothing has it.
    """
    if _ID.fullmatch(text) and (number := int(text)) <= ID_MOST:
        return number
    raise NotFound(f"There is no {kind} {printable(text)}.")


def set_fields(body: Body) -> dict[str, Any]:
    """Return the fields that the client did send, for a change that leaves the others alone."""
    return {name: value for name in body.__struct_fields__ if (value := getattr(body, name)) is not msgspec.UNSET}


def printable(text: str, most: int = 80) -> str:
    """Return a client's text fit to be shown back: no control characters or surrogates, and not too long."""
    shown = "".join(mark if mark.isprintable() else "\ufffd" for mark in text[:most])
    return shown if len(text) <= most else f"{shown}…"


def _query(parameters: tuple[tuple[str, str], ...], into: type[Query]) -> Query:
    given: dict[str, object] = {}
    for name, field in fields_of(into).items():
        texts = [text for given_name, text in parameters if given_name == name]
        if field.takes_many:
            given[name] = [part for text in texts for part in text.split(",") if part]
        elif texts:
            given[name] = texts[-1]
    return _assemble(given, into, convert=_convert_text, rules={}, faults=[])


_remembered_query = lru_cache(maxsize=1024)(_query)


def _assemble(
    given: Mapping[str, object],
    into: type[S],
    *,
    convert: Callable[[object, Any], Any],
    rules: Rules,
    faults: list[Fault],
) -> S:
    """Return the struct with these fields, named as on the wire; raise Invalid with every fault there is."""
    values: dict[str, Any] = {}
    for name, field in fields_of(into).items():
        if name not in given:
            if field.is_required:
                faults.append(Fault(name, "is required"))
            continue
        value = given[name]
        value = normalised(value) if isinstance(value, str) else value
        if isinstance(value, str) and (reason := unstorable_reason(value)):
            faults.append(Fault(name, reason))
            continue
        try:
            values[field.name] = convert(value, field.annotation)
        except (msgspec.ValidationError, UnicodeEncodeError):
            # The latter where a list holds half of a surrogate pair.
            faults.append(Fault(name, expectation(field.annotation, nullable=issubclass(into, Body))))
            continue
        if field.name in rules and values[field.name] is not None:
            faults.extend(rules[field.name](values[field.name]))
    if faults:
        raise Invalid(*faults)
    return into(**values)


def _convert_text(value: object, annotation: Any) -> Any:
    """Convert a parameter: as text where text will do, else as the number, numbers or truth that it spells."""
    try:
        return msgspec.convert(value, annotation)
    except msgspec.ValidationError:
        match value:
            case "true" | "false":
                return msgspec.convert(value == "true", annotation)
            case str() if _WHOLE_NUMBER.fullmatch(value):
                return msgspec.convert(int(value), annotation)
            case list() if all(map(_WHOLE_NUMBER.fullmatch, cast("list[str]", value))):
                return msgspec.convert(list(map(int, cast("list[str]", value))), annotation)
            case _:
                raise


def _takes_many(annotation: object) -> bool:
    origin = get_origin(annotation)
    return origin is tuple or (origin is not None and any(map(_takes_many, get_args(annotation))))


def _unknown_fields(given: Mapping[str, object], into: type[Body]) -> list[Fault]:
    known = fields_of(into)
    unknown = [name for name in given if name not in known]
    # An answer must not be a multiple of what it answers.
    faults = [
        Fault(printable(name), f"is not a field here; known are {', '.join(known)}")
        for name in unknown[:_UNKNOWN_MOST]
    ]
    if len(unknown) > _UNKNOWN_MOST:
        faults.append(Fault("body", f"has {len(unknown) - _UNKNOWN_MOST:,} more fields that are not known here"))
    return faults


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _parse_int(digits: str) -> int:
    # Beyond every bound we have, one number is as wrong as another, and the longest ones take long to convert.
    return int(digits) if len(digits) < 30 else 10**30
