"""Work on a request is given up when it takes too long; bodies and answers that come slowly are not."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

import pytest
from litestar.types import Receive, Scope, Send

from entrypoints.http import time_limit
from tests.contracts.http_service import API, TASKS, Person, Service, problem, serving

pytestmark = pytest.mark.anyio


@pytest.fixture
async def service(tmp_path: Path) -> AsyncGenerator[Service]:
    """Satchel in memory."""
    async with serving(tmp_path, {}) as service:
        yield service


@pytest.fixture
async def ada(service: Service) -> Person:
    """Someone signed in."""
    return await service.joins("ada")


class Endless:
    """Stands for a use case that never ends by itself.

    Attributes:
        was_given_up: whether somebody ended it.
    """

    was_given_up = False

    async def __call__(self, *_: object, **__: object) -> NoReturn:
        """Wait for ever."""
        try:
            await asyncio.Event().wait()
        finally:
            self.was_given_up = True
        raise AssertionError


async def test_work_that_never_ends_is_given_up(
    service: Service, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = Endless()
    service.put(endless, service.container.get_task)
    monkeypatch.setattr(time_limit, "SECONDS", 0.01)
    response = await ada.http.get(f"{TASKS}/1")
    assert "took too long" in problem(response, 503, "unavailable")["detail"]
    assert int(response.headers["retry-after"]) > 0
    assert endless.was_given_up


async def test_what_changes_very_many_things_has_longer(
    service: Service, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_limit, "SECONDS", 0)
    assert (await ada.http.post(f"{API}/cheats/import", json=[{"title": "One"}])).status_code == 200


async def test_neither_waiting_for_a_body_counts_nor_sending_an_answer() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message["type"])

    async def answers(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await _pause()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def receive() -> Any:
        await _pause()
        return {"type": "http.request", "body": b"", "more_body": False}

    handler = SimpleNamespace(opt={time_limit.ANSWER_SECONDS: 0.01})
    scope: Any = {"type": "http", "route_handler": handler}
    await time_limit.TimeLimit().handle(scope, receive, send, answers)
    assert sent == ["http.response.start", "http.response.body"]


async def _pause() -> None:
    """Let more time go by than there is for an answer."""
    turn = asyncio.Event()
    asyncio.get_running_loop().call_later(0.05, turn.set)
    await turn.wait()
