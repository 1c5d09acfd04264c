"""JSON answers, ready to be sent."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import msgspec
from litestar import Response
from litestar.types import ASGIApp, HTTPResponseBodyEvent, HTTPResponseStartEvent, Receive, Scope, Send

T = TypeVar("T")

_ENCODER = msgspec.json.Encoder()


class ReadyAnswer(Response[T], Generic[T]):
    """What a handler returns: bytes, and nothing that Litestar would decide anew each time.

    For routes without hooks and cookies, as all of the API's are: Litestar's own responses look for those, which
    takes as long as reading a task does.
    """

    def __init__(self, status_code: int, fields: list[tuple[bytes, bytes]], body: bytes) -> None:
        """Take what is to be sent."""
        # Litestar's own initialiser is left out: it prepares what is never asked for here.
        self.status_code = status_code
        self._start: HTTPResponseStartEvent = {
            "type": "http.response.start",
            "status": status_code,
            "headers": fields,
        }
        self._body: HTTPResponseBodyEvent = {"type": "http.response.body", "body": body, "more_body": False}

    @classmethod
    def unpacked(cls, packed: bytes, headers: Mapping[str, str]) -> "ReadyAnswer[T]":
        """Return the answer that was packed, with more headers."""
        kept = msgspec.msgpack.decode(packed, type=_Packed)
        return cls(kept.status_code, [*kept.fields, *_encoded(headers)], kept.body)

    def packed(self) -> bytes:
        """Return the whole answer as bytes, to be sent another time."""
        return msgspec.msgpack.encode(
            _Packed(self._start["status"], list(self._start["headers"]), self._body["body"])
        )

    def to_asgi_response(self, **_: Any) -> ASGIApp:  # type: ignore[override]  # an application is all that is wanted
        """Return what sends the answer."""
        return self._send

    async def _send(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send(self._start)
        await send(self._body)


class Answer(ReadyAnswer[T]):
    """An answer in JSON."""

    def __init__(self, content: T, *, status_code: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """Encode the content at once; None is an answer without a body."""
        self.content = content
        body = b"" if content is None else _ENCODER.encode(content)
        fields = _encoded(headers or {})
        if content is not None:
            fields.append((b"content-type", b"application/json"))
            fields.append((b"content-length", b"%d" % len(body)))
        super().__init__(status_code, fields, body)


class _Packed(msgspec.Struct, array_like=True):
    status_code: int
    fields: list[tuple[bytes, bytes]]
    body: bytes


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
