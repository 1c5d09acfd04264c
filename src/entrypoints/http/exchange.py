"""One request at the edge: what it asks for, and what became of it."""

import re
import secrets
import time
from typing import Any, Final

import structlog
from litestar.types import HTTPScope

from entrypoints.http.templates import shown
from entrypoints.metrics.traffic import UNKNOWN, Traffic

_SANE_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")


class Exchange:
    """One request and what became of it.

    Attributes:
        given: the request's headers by their names, of which the last counts where one comes twice.
        inner: the scope as the application gets it, and notes in it what it finds out; without a type, since
            Litestar keeps what may be missing to itself.
        status: of the answer, once there is one.
        is_stream: whether the answer goes on for as long as the client likes.
        wants_body: whether more than the head of an answer is asked for.
    """

    def __init__(self, scope: HTTPScope) -> None:
        self.method: str = scope["method"]
        # Of several slashes at the beginning browsers make another host.
        path = scope["path"]
        self.path = f"/{path.lstrip('/')}" if path.startswith("//") else path
        self.given = dict(scope["headers"])
        self.request_id = _request_id(self.given.get(b"x-request-id", b"").decode("latin-1"))
        self.status: int | None = None
        self.inner: Any = {"state": {}}
        self.is_stream = False
        self.wants_body = self.method != "HEAD"
        self._started = time.perf_counter()

    @property
    def origin(self) -> str | None:
        """Where the script comes from that sends the request, if it is one."""
        origin = self.given.get(b"origin")
        return None if origin is None else origin.decode("latin-1")

    def told_inside(self) -> dict[str, object]:
        """Return what handlers may know of it."""
        return {"request_id": self.request_id, "original_path": self.path, "wants_body": self.wants_body}

    def end(self, log: structlog.stdlib.BoundLogger, traffic: Traffic) -> None:
        """Write the one line that every request gets, and count it; the query stays out, it may hold secrets."""
        seconds = time.perf_counter() - self._started
        route = shown(self.inner.get("path_template", UNKNOWN))
        if self.is_stream:
            traffic.note_untimed(self.method, route, self.status)
        else:
            traffic.note(self.method, route, self.status, seconds)
        log.info(
            "request",
            method=self.method,
            path=self.path,
            status=self.status,
            duration_ms=round(seconds * 1000, 1),
        )


def _request_id(given: str) -> str:
    return given if _SANE_REQUEST_ID.fullmatch(given) else secrets.token_hex(16)
