"""JSON answers, ready to be sent."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

import msgspec
from litestar import Response
from litestar.types import ASGIApp, HTTPResponseBodyEvent, HTTPResponseStartEvent, Receive, Scope, Send

T = TypeVar("T")

_ENCODER = msgspec.json.Encoder()


class Answer(Response[T], Generic[T]):
    """What a handler returns: its content as JSON, and nothing that Litestar would decide anew each time.

    For routes without hooks and cookies, as all of the API's are: Litestar's own responses look for those, which
    takes as long as reading a task does.
    """

    def __init__(self, content: T, *, status_code: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """Encode the content at once; None is an answer without a body."""
        # Litestar's own initialiser is left out: it prepares what is never asked for here.
        self.content = content
        self.status_code = status_code
        body = b"" if content is None else _ENCODER.encode(content)
        fields = [(name.lower().encode(), value.encode("latin-1")) for name, value in (headers or {}).items()]
        if content is not None:
            fields.append((b"content-type", b"application/json"))
            fields.append((b"content-length", b"%d" % len(body)))
        self._start: HTTPResponseStartEvent = {
            "type": "http.response.start",
            "status": status_code,
            "headers": fields,
        }
        self._body: HTTPResponseBodyEvent = {"type": "http.response.body", "body": body, "more_body": False}

    def to_asgi_response(self, **_: Any) -> ASGIApp:  # type: ignore[override]  # an application is all that is wanted
        """Return what sends the answer."""
        return self._send

    async def _send(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send(self._start)
        await send(self._body)
