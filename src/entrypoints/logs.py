"""Logs on standard error, in one shape for Satchel and the libraries under it.

What may appear is a list of fields. Anything else a caller or a library hands over, such as headers, bodies or
tokens, is dropped before it is written.
"""

import json
import logging
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import structlog
from structlog.typing import Processor

from entrypoints.settings import LogFormat, LogLevel

# In the order in which they are written.
FIELDS: Final = (
    "timestamp",
    "level",
    "logger",
    "event",
    "request_id",
    "trace_id",
    "method",
    "path",
    "status",
    "duration_ms",
    "error",
    "pid",
    "exception",
)

_FIELDS_OF_RECORDS: Final = FIELDS[3:]

# Their lines below this level tell of every step, request or statement, parameters included.
_CHATTY = {
    "alembic": logging.WARNING,
    "httpcore": logging.WARNING,
    "psycopg": logging.WARNING,
    "sqlalchemy": logging.WARNING,
    "uvicorn.access": logging.CRITICAL,
    "uvicorn.error": logging.WARNING,
    "websockets": logging.WARNING,
}


class _Lines:
    """Writes finished lines; what structlog calls a logger. `name` says which part of Satchel speaks."""

    def __init__(self, name: str = "satchel") -> None:
        self.name = name

    def msg(self, line: str) -> None:
        """Write a line."""
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()

    debug = info = warning = error = critical = msg


def configure_logs(level: LogLevel, format: LogFormat) -> None:
    """Send everything logged from now on, through structlog or the standard library, to standard error.

    A value bound with `structlog.contextvars.bind_contextvars(request_id=…)` is on every line that follows in
    that context. Configuring again replaces what was configured before.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderers = _renderers(format)
    last: list[Processor] = [structlog.processors.format_exc_info, keep_listed_fields, *renderers]
    least = logging.getLevelNamesMapping()[level.upper()]
    # Each request has a line. Through the standard library, or through a processor for each field, it takes
    # several times as long.
    structlog.configure(
        processors=[structlog.processors.format_exc_info, _completed, *renderers],
        logger_factory=_Lines,
        wrapper_class=structlog.make_filtering_bound_logger(least),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    for former in list(root.handlers):
        root.removeHandler(former)
    root.addHandler(handler)
    root.setLevel(least)
    for name, least_of_chatty in _CHATTY.items():
        logging.getLogger(name).setLevel(max(least_of_chatty, least))
    logging.captureWarnings(True)


def keep_listed_fields(_logger: Any, _method: str, record: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Return the record with its fields on the list alone; a processor of structlog."""
    return {name: record[name] for name in FIELDS if name in record}


def _completed(logger: _Lines, level: str, record: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Return the record with what is on every line, in the order of the fields on the list, and nothing else."""
    record.update(structlog.contextvars.get_contextvars())
    now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    completed: dict[str, Any] = {"timestamp": now, "level": level, "logger": logger.name}
    for name in _FIELDS_OF_RECORDS:
        if name in record:
            completed[name] = record[name]
    return completed


def _without_control_characters(
    _logger: Any, _method: str, record: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    # What a stranger sent must neither steer a terminal nor forge a line.
    return {name: _escaped(value) if isinstance(value, str) else value for name, value in record.items()}


def _escaped(text: str) -> str:
    return "".join(
        letter if letter.isprintable() or letter == "\n" else letter.encode("unicode_escape").decode()
        for letter in text
    )


def _renderers(format: LogFormat) -> list[Processor]:
    if format is LogFormat.JSON:
        return [structlog.processors.JSONRenderer(_json)]
    return [
        _without_control_characters,
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=30),
    ]


def _json(record: object, **_: object) -> str:
    line = msgspec.json.encode(record, enc_hook=str).decode()
    if line.isprintable():
        return line
    # JSON allows in strings what others take for the end of a line, and terminals for an order.
    return "".join(letter if letter.isprintable() else json.dumps(letter)[1:-1] for letter in line)
