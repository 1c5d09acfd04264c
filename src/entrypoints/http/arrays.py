"""Bodies that are a JSON array of many things, with faults that say in which of them they are."""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import suppress
from types import GenericAlias
from typing import Any, Final, cast, get_args

import msgspec

from domain.errors import Fault, Invalid
from domain.portability import first_faults
from entrypoints.http.input import Body, BodyT, JsonRequest, parse_json, read_object

ELEMENTS_MOST: Final = "elements_most"


class JsonArrayRequest(JsonRequest):
    """A request whose handler declares a list of a struct; else like all requests with a JSON body."""

    async def decode(self, body: bytes) -> Any:
        """Return the body as a list of the struct, in a thread: it may hold very many.

        Of how many, the handler says by the key `ELEMENTS_MOST` of its `opt`, where that matters.
        """
        most: int | None = self.route_handler.opt.get(ELEMENTS_MOST)
        return await asyncio.to_thread(decode_array, body, self._struct, most=most)

    @property
    def _struct(self) -> type[Body]:
        field = self.route_handler.parsed_data_field
        return Body if field is None else get_args(field.annotation)[0]


def decode_array(body: bytes, of: type[BodyT], *, name: str = "cheats", most: int | None = None) -> list[BodyT]:
    """Return a JSON array as a list of the struct.

    Args:
        body: the array.
        of: the struct that each of its elements is.
        name: what faults call it: the title of the fourth is `cheats[3].title`.
        most: of how many the faults are looked for; more are refused without that, if one of them is wrong.

    Raises:
        Refusal: 400 where it is not JSON.
        Invalid: with the faults of every element.
    """
    with suppress(msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        decoded: list[BodyT] = msgspec.json.decode(body, type=GenericAlias(list, of), strict=True)
        return decoded  # msgspec does not know the type of what it decodes into an alias
    elements: list[BodyT] = []
    document = parse_json(body)
    if not isinstance(document, list):
        raise Invalid(Fault("body", "must be a JSON array"))
    if most is not None and len(cast("list[object]", document)) > most:
        raise Invalid(Fault("body", f"must hold at most {most:,} elements; some of these are wrong, too"))
    if faults := tuple(first_faults(_read(cast("list[object]", document), of, name, elements))):
        raise Invalid(*faults)
    return elements


def _read(document: Iterable[object], of: type[BodyT], name: str, into: list[BodyT]) -> Iterator[Fault]:
    for n, element in enumerate(document):
        place = f"{name}[{n}]"
        if not isinstance(element, dict):
            yield Fault(place, "must be a JSON object")
            continue
        try:
            into.append(read_object(cast("object", element), of))
        except Invalid as error:
            yield from (Fault(f"{place}.{fault.field}", fault.message) for fault in error.faults)
