"""Whether the service can do its work."""

import asyncio
import gc
from typing import Any

import pytest

from adapters.memory.store import InMemoryStore
from application.health import CheckHealth, CheckReadiness
from domain.errors import Unavailable

pytestmark = pytest.mark.anyio


class UnreliableStore(InMemoryStore):
    """A store that is away, hangs or lacks its schema when it is told to; counts how often it is asked."""

    def __init__(self, *, is_away: bool = False, hangs: bool = False, lacks_migrations: bool = False) -> None:
        super().__init__()
        self.is_away = is_away
        self.lacks_migrations = lacks_migrations
        self.asked = 0
        self.is_asked = asyncio.Event()
        self.answers = asyncio.Event()
        if not hangs:
            self.answers.set()

    async def ping(self) -> None:
        self.asked += 1
        self.is_asked.set()
        await self.answers.wait()
        if self.is_away:
            raise Unavailable("The store is away.")

    async def is_current(self) -> bool:
        await self.ping()
        return not self.lacks_migrations


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less long for a store that hangs than people would."""
    monkeypatch.setattr("application.health.PATIENCE_SECONDS", 0.02)


async def test_a_store_that_answers_is_healthy_and_ready() -> None:
    health = await CheckHealth(InMemoryStore())()
    assert health.is_ok
    assert health.latency_ms is not None
    assert health.latency_ms >= 0
    assert await CheckReadiness(InMemoryStore())() is None


@pytest.mark.parametrize(("is_away", "hangs"), [(True, False), (False, True)])
async def test_a_store_that_is_away_or_hangs_is_told_in_time(is_away: bool, hangs: bool) -> None:
    health = await CheckHealth(UnreliableStore(is_away=is_away, hangs=hangs))()
    assert not health.is_ok
    assert health.latency_ms is None
    readiness = await CheckReadiness(UnreliableStore(is_away=is_away, hangs=hangs))()
    assert readiness is not None
    assert "does not answer" in readiness


async def test_a_store_without_its_schema_is_healthy_and_not_ready() -> None:
    store = UnreliableStore(lacks_migrations=True)
    assert (await CheckHealth(store)()).is_ok
    readiness = await CheckReadiness(store)()
    assert readiness is not None
    assert "satchel migrate" in readiness


async def test_a_hundred_who_ask_at_once_are_one_question_to_the_store() -> None:
    store = UnreliableStore()
    check = CheckHealth(store)
    answers = await asyncio.gather(*(check() for _ in range(100)))
    assert all(answer.is_ok for answer in answers)
    assert store.asked == 1


async def test_a_store_that_hangs_is_not_asked_again_until_it_has_answered() -> None:
    store = UnreliableStore(hangs=True)
    check = CheckHealth(store)
    for _ in range(3):
        assert not (await check()).is_ok
    assert store.asked == 1
    store.answers.set()
    assert (await check()).is_ok
    assert (await check()).is_ok


def test_a_store_that_fails_when_nobody_waits_for_it_any_more_goes_unheard() -> None:
    unheard: list[dict[str, Any]] = []

    async def nobody_waits() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context))
        store = UnreliableStore(is_away=True, hangs=True)
        check = CheckHealth(store)
        assert not (await check()).is_ok
        (question,) = asyncio.all_tasks() - {asyncio.current_task()}
        store.answers.set()
        await asyncio.wait({question})
        # asyncio complains of an exception that nobody took when the task is thrown away.
        del check, question
        gc.collect()

    asyncio.run(nobody_waits())
    assert unheard == []


async def test_a_store_that_comes_back_is_healthy_again() -> None:
    store = UnreliableStore(is_away=True)
    check = CheckHealth(store)
    assert not (await check()).is_ok
    store.is_away = False
    assert (await check()).is_ok


async def test_who_asks_anew_does_not_take_the_answer_from_those_who_asked_before() -> None:
    store = UnreliableStore(hangs=True)
    check = CheckHealth(store)

    async def ask_again_at_once() -> None:
        await check()
        await check()

    async def ask() -> bool:
        return (await check()).is_ok

    asking = asyncio.gather(ask_again_at_once(), ask())
    await store.is_asked.wait()
    store.answers.set()
    assert (await asking)[1]
