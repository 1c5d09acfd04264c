"""Logs: one shape for all, and nothing in them that is not on the list."""

import json
import logging
import re
from pathlib import Path

import pytest
import structlog

from entrypoints.logs import FIELDS, configure_logs
from entrypoints.settings import LogFormat, LogLevel

pytestmark = pytest.mark.usefixtures("restored_logs")


def test_a_json_record_is_one_line_with_its_fields_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogLevel.INFO, LogFormat.JSON)
    structlog.contextvars.bind_contextvars(request_id="r-1")
    structlog.get_logger("satchel.http").info("request", status=200, path="/a\nb", method="GET")
    (line,) = capsys.readouterr().err.splitlines()
    record = json.loads(line)
    assert list(record) == ["timestamp", "level", "logger", "event", "request_id", "method", "path", "status"]
    assert record["timestamp"].endswith("Z")
    assert record["request_id"] == "r-1"
    assert record["path"] == "/a\nb"


def test_the_records_of_libraries_have_the_same_shape(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogLevel.INFO, LogFormat.JSON)
    structlog.contextvars.bind_contextvars(request_id="r-2")
    logging.getLogger("some.library").warning("%d %s", 3, "things", extra={"password": "canary"})
    record = json.loads(capsys.readouterr().err)
    assert set(record) == {"timestamp", "level", "logger", "event", "request_id"}
    assert (record["logger"], record["level"], record["event"]) == ("some.library", "warning", "3 things")


@pytest.mark.parametrize("format", list(LogFormat))
def test_what_is_not_on_the_list_is_dropped(capsys: pytest.CaptureFixture[str], format: LogFormat) -> None:
    configure_logs(LogLevel.DEBUG, format)
    structlog.contextvars.bind_contextvars(authorization="canary")
    structlog.get_logger().info("request", headers={"cookie": "canary"}, body=b"canary", token="canary", status=1)
    shown = capsys.readouterr().err
    assert "canary" not in shown
    assert "status" in shown


def test_the_documentation_names_the_fields_of_a_line() -> None:
    settings = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()
    _, _, logs = settings.partition("## Logs\n")
    assert tuple(re.findall(r"`([a-z_]+)`", logs)) == FIELDS


def test_an_exception_is_shown_with_where_it_came_from(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogLevel.INFO, LogFormat.JSON)
    try:
        int("x")
    except ValueError:
        structlog.get_logger().exception("failed")
    assert "test_logs.py" in json.loads(capsys.readouterr().err)["exception"]


def test_a_strangers_text_neither_steers_the_terminal_nor_its_colours(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogLevel.INFO, LogFormat.CONSOLE)
    structlog.get_logger().info("request", path="/\x1b[31mred\r\x07")
    shown = capsys.readouterr().err
    assert "\x1b" not in shown
    assert "\r" not in shown
    assert "red" in shown


def test_less_grave_records_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs(LogLevel.ERROR, LogFormat.JSON)
    structlog.get_logger().warning("quiet")
    logging.getLogger("some.library").warning("quiet")
    structlog.get_logger().error("loud")
    assert [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()] == ["loud"]


def test_configuring_again_writes_nothing_twice(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        configure_logs(LogLevel.INFO, LogFormat.JSON)
    structlog.get_logger().info("once")
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    "name",
    ["uvicorn.access", "sqlalchemy.engine", "alembic.runtime.migration", "websockets.server", "httpcore.http11"],
)
def test_libraries_that_tell_of_every_step_are_quiet(capsys: pytest.CaptureFixture[str], name: str) -> None:
    configure_logs(LogLevel.DEBUG, LogFormat.JSON)
    logging.getLogger(name).info("SELECT canary")
    assert capsys.readouterr().err == ""
