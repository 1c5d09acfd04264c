"""Traces by OpenTelemetry's SDK: spans wait in a queue of bounded length, and a thread sends them in batches."""

import asyncio
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from application.ports.tracing import Attributes, RequestSpan, Tracer

_EXPORT_SECONDS: Final = 3.0
_LAST_EXPORT_SECONDS: Final = 1.0
_PARENT: Final = {b"traceparent": "traceparent", b"tracestate": "tracestate"}


class OtlpTracer(Tracer):
    """Sends spans to a collector; those that it does not take in time are dropped.

    The SDK's own variables are heeded, such as `OTEL_TRACES_SAMPLER` and `OTEL_EXPORTER_OTLP_HEADERS`.
    """

    def __init__(self, endpoint: str, version: str) -> None:
        """Take where spans go to: `http://…/v1/traces`."""
        resource = Resource.create({"service.name": "satchel", "service.version": version})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._exporter = OTLPSpanExporter(endpoint=endpoint, timeout=_EXPORT_SECONDS)
        self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self._tracer = self._provider.get_tracer("satchel", version)
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def request(self, headers: Iterable[tuple[bytes, bytes]]) -> Generator[RequestSpan]:
        """Follow a request within the block."""
        given = {_PARENT[name]: value.decode("latin-1") for name, value in headers if name in _PARENT}
        with self._tracer.start_as_current_span(
            "request",
            context=self._propagator.extract(given),
            kind=SpanKind.SERVER,
            record_exception=False,
            set_status_on_exception=False,
            end_on_exit=False,
        ) as span:
            yield _RequestSpan(span)

    @contextmanager
    def step(self, name: str, attributes: Attributes) -> Generator[None]:
        """Follow a step within the block; what is raised there may quote what people wrote, and is not told."""
        if not get_current_span().is_recording():
            yield
            return
        with self._tracer.start_as_current_span(
            name,
            kind=SpanKind.CLIENT,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            except Exception as error:
                span.set_attribute("error.type", type(error).__name__)
                span.set_status(Status(StatusCode.ERROR))
                raise

    async def close(self) -> None:
        """Send what waits, as far as the collector takes it soon, and stop the thread."""
        stopping = asyncio.create_task(asyncio.to_thread(self._provider.shutdown))
        await asyncio.wait({stopping}, timeout=_LAST_EXPORT_SECONDS)
        if not stopping.done():
            # Otherwise each batch that waits would be tried, for as long as one may take.
            self._exporter.shutdown()  # type: ignore[no-untyped-call]  # OpenTelemetry says nothing of its types there
        await stopping


class _RequestSpan(RequestSpan):
    def __init__(self, span: Span) -> None:
        self._span = span

    @property
    def trace_id(self) -> str:
        return f"{self._span.get_span_context().trace_id:032x}"

    def end(self, name: str, attributes: Attributes, *, is_mistake: bool) -> None:
        if self._span.is_recording():
            self._span.update_name(name)
            self._span.set_attributes(attributes)
            if is_mistake:
                self._span.set_status(Status(StatusCode.ERROR))
            self._span.end()
