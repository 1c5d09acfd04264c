"""What is said to those whose requests go no further than the wire: problem documents like all others."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from domain.errors import Unavailable
from entrypoints.http.edge import API_POLICY
from entrypoints.http.problem_kinds import KINDS, Kind
from entrypoints.http.problems import PROBLEM_JSON, RETRY_AFTER_SECONDS, Problem

# RFC 9110, section 7.2, with RFC 3986, section 3.2: a name or an address in brackets, and perhaps a port.
_HOST = re.compile(rb"(?:[\w.~!$&'()*+,;=%-]*|\[[\w:.]+\])(?::[0-9]*)?", re.ASCII)
# RFC 9112, section 3.2, asks the header of those that came after.
_WITHOUT_HOST = {"0.9", "1.0"}
# The only ones that are answered where there is no room.
_MONITORED_PATHS = {b"/metrics"} | {
    f"{prefix}/health{probe}".encode() for prefix in ("", "/api", "/api/v1") for probe in ("", "/live", "/ready")
}

Field = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request goes no further: the kind of problem, and what is said of this one."""

    kind: Kind
    detail: str

    def answer(self, request_id: str, default: Iterable[Field], security: Mapping[str, str]) -> bytes:
        """Return the answer, the last one on its connection.

        Args:
            request_id: of the request.
            default: headers that the server puts on every answer.
            security: headers that the application does.
        """
        kind = self.kind
        problem = Problem(f"/problems/{kind.slug}", kind.title, kind.status, self.detail, "/", request_id)
        body = msgspec.json.encode(problem)
        headers = {
            "Content-Type": PROBLEM_JSON,
            "Content-Length": str(len(body)),
            "Connection": "close",
            "Cache-Control": "no-store",
            "X-Request-ID": request_id,
            "Content-Security-Policy": API_POLICY,
            **security,
        }
        if kind.slug == Unavailable.slug:
            headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        fields = [*default, *((name.encode(), value.encode()) for name, value in headers.items())]
        lines = [STATUS_LINE[kind.status], *(b"%b: %b\r\n" % field for field in fields), b"\r\n", body]
        return b"".join(lines)


_MALFORMED = KINDS["malformed"]
NOT_HTTP: Final = Refusal(_MALFORMED, "The request is not valid HTTP/1.1.")
TOO_LARGE: Final = Refusal(_MALFORMED, "The request's headers are too large.")
CROWDED: Final = Refusal(KINDS[Unavailable.slug], "As many are connected as the server takes.")


def fault_of_head(version: str, url: bytes, headers: list[Field], *, most: int) -> Refusal | None:
    """Return what is wrong with a request's head, if anything is.

    Args:
        version: of HTTP.
        url: as it was sent.
        headers: with their names in lower case.
        most: how many bytes it may have.
    """
    if len(url) + sum(len(name) + len(value) + len(": \r\n") for name, value in headers) > most:
        return TOO_LARGE
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) > 1 or (not hosts and version not in _WITHOUT_HOST):
        return Refusal(_MALFORMED, "The request must have one Host header.")
    if hosts and not _HOST.fullmatch(hosts[0]):
        return Refusal(_MALFORMED, "The Host header is no host name, or address, with or without a port.")
    return None


def is_of_monitor(url: bytes, headers: Iterable[Field]) -> bool:
    """Tell whether a request asks how the service is, and nothing else."""
    has_body = any(name in (b"content-length", b"transfer-encoding") for name, _ in headers)
    return not has_body and url.partition(b"?")[0] in _MONITORED_PATHS
