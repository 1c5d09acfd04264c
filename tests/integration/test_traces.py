"""Traces as a collector gets them from `satchel serve`."""

import socket
import threading
import urllib.request
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.contracts.http_service import API, PASSWORD, SECRET_KEY, TASKS
from tests.integration.cli_processes import Service, await_that, serving_in
from tests.integration.postgresql import Server, new_database

PARENT = "0af7651916cd43dd8448eb211c80319c"
CANARY = "canary-of-nobody"


class Collector:
    """Takes what a service sends, decoded."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.bodies: list[bytes] = []
        self.url = ""

    def take(self, body: bytes) -> None:
        """Keep the spans of a message."""
        self.bodies.append(body)
        message = ExportTraceServiceRequest.FromString(body)
        for of_resource in message.resource_spans:
            names = {each.key: each.value.string_value for each in of_resource.resource.attributes}
            assert names["service.name"] == "satchel"
            for of_scope in of_resource.scope_spans:
                self.spans.extend(of_scope.spans)

    def trace(self, trace_id: str) -> list[Span]:
        """Return the spans of a trace."""
        return [span for span in list(self.spans) if span.trace_id.hex() == trace_id]


@contextmanager
def collecting() -> Generator[Collector]:
    """Listen on loopback as a collector does."""
    collector = Collector()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            assert self.headers["content-type"] == "application/x-protobuf"
            collector.take(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        collector.url = f"http://127.0.0.1:{server.server_port}/v1/traces"
        yield collector
        server.shutdown()


class Traced(NamedTuple):
    """A service and its collector."""

    service: Service
    collector: Collector


@pytest.fixture(scope="module")
def traced(postgresql: Server, _template: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[Traced]:
    """A service that tells a collector what it does."""
    with ExitStack() as stack:
        url = stack.enter_context(new_database(postgresql, template=_template))
        collector = stack.enter_context(collecting())
        serve = stack.enter_context(serving_in(tmp_path_factory.mktemp("satchel")))
        service = serve(
            DATABASE_URL=url, SECRET_KEY=SECRET_KEY, TRACES_ENDPOINT=collector.url, OTEL_BSP_SCHEDULE_DELAY="100"
        )
        service.url()
        yield Traced(service, collector)


def ask(url: str, trace_id: str, **headers: str) -> int:
    """Ask for something as part of a trace, and return the status."""
    request = urllib.request.Request(  # noqa: S310  # our own URL
        url, headers={"traceparent": f"00-{trace_id}-b7ad6b7169203331-01", **headers}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # our own URL
            status: int = answer.status
            return status
    except HTTPError as error:
        return error.code


def attributes(span: Span) -> dict[str, str | int]:
    """Return a span's attributes."""
    return {
        each.key: each.value.int_value if each.value.HasField("int_value") else each.value.string_value
        for each in span.attributes
    }


def test_a_request_is_a_span_of_the_trace_that_it_belongs_to(traced: Traced) -> None:
    assert ask(f"{traced.service.url()}{API}/posts/7?q={CANARY}", PARENT) == 404
    await_that(lambda: len(traced.collector.trace(PARENT)) == 2)
    step, request = sorted(traced.collector.trace(PARENT), key=lambda span: span.kind, reverse=True)
    assert request.name == f"GET {API}/posts/{{postId}}"
    assert request.kind == Span.SPAN_KIND_SERVER
    assert request.parent_span_id.hex() == "b7ad6b7169203331"
    assert attributes(request) == {
        "http.request.method": "GET",
        "http.route": f"{API}/posts/{{postId}}",
        "http.response.status_code": 404,
        "url.path": f"{API}/posts/7",
        "url.scheme": "http",
    }
    assert step.name == "SELECT posts"
    assert step.parent_span_id == request.span_id
    assert attributes(step) == {
        "db.system.name": "postgresql",
        "db.operation.name": "SELECT",
        "db.collection.name": "posts",
    }


def test_steps_tell_of_hashing_and_of_the_database_and_of_no_secret(traced: Traced) -> None:
    signed_up = traced.service.call(
        f"{API}/auth/signup", {"username": CANARY, "password": PASSWORD, "email": f"{CANARY}@example.org"}
    )
    assert (
        ask(f"{traced.service.url()}{TASKS}", PARENT[::-1], Authorization=f"Bearer {signed_up['accessToken']}")
        == 200
    )
    await_that(lambda: traced.collector.trace(PARENT[::-1]))
    names = {span.name for span in traced.collector.spans}
    assert {f"POST {API}/auth/signup", "hash password", "SELECT users", "INSERT users"} <= names
    told = b"".join(traced.collector.bodies)
    for secret in (CANARY, PASSWORD, SECRET_KEY, signed_up["accessToken"], signed_up["refreshToken"]):
        assert secret.encode() not in told


def test_log_lines_name_the_trace(traced: Traced) -> None:
    trace_id = "1" * 32
    ask(f"{traced.service.url()}/health/live", trace_id)
    await_that(lambda: f"trace_id={trace_id}" in traced.service.output)


@pytest.mark.parametrize("parent", ["nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "é" * 5000])
def test_whoever_names_no_trace_begins_one(traced: Traced, parent: str) -> None:
    before = len(traced.collector.spans)
    request = urllib.request.Request(f"{traced.service.url()}/hello", headers={"traceparent": parent})  # noqa: S310  # our own URL
    with pytest.raises(HTTPError, match="401"):
        urllib.request.urlopen(request, timeout=60)  # noqa: S310  # our own URL
    await_that(lambda: len(traced.collector.spans) > before)


def test_without_a_collector_all_goes_on(tmp_path: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/v1/traces"
        with serving_in(tmp_path) as serve:
            service = serve(
                DATABASE_URL="memory://", TRACES_ENDPOINT=address, OTEL_BSP_SCHEDULE_DELAY="50", LOG_FORMAT="json"
            )
            for _ in range(50):
                assert ask(f"{service.url()}/health/live", PARENT) == 200
            assert service.end() == 0
            assert "Traceback" not in service.output
            assert "ended span" not in service.output
