"""How a request that comes several times is carried out once."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import pytest

from adapters.clock.fixed import FixedClock
from adapters.fernet.secret_box import FernetSecretBox
from adapters.memory.storage import InMemoryStorage
from application.idempotency import CarryOutOnce, GivenAnswer, Keep, RepeatableRequest
from application.ports.unit_of_work import UnitsOfWork
from domain.errors import Conflict, InFlight, KeyReused, Taken, Unavailable
from domain.idempotency import KEPT_FOR
from tests.contracts.sample import MINUTE, NOON

pytestmark = pytest.mark.anyio

REQUEST = RepeatableRequest(caller_id=7, key="a key", fingerprints=(b"of the body",))


@dataclass
class Counter:
    """What is carried out: counts."""

    units_of_work: UnitsOfWork
    times: int = 0

    async def __call__(self, keep: Keep[int] | None) -> int:
        assert keep is not None
        async with self.units_of_work() as uow:
            uow.kept_answers.add(keep(self.times + 1))
            await uow.commit()
        self.times += 1
        return self.times


@pytest.fixture
def store() -> InMemoryStorage:
    return InMemoryStorage()


@pytest.fixture
def counter(store: InMemoryStorage) -> Counter:
    return Counter(store.unit_of_work)


def process(store: InMemoryStorage, **others: Any) -> CarryOutOnce:
    """Return the use case as a process has it."""
    parts: dict[str, Any] = {
        "units_of_work": store.unit_of_work,
        "clock": FixedClock(NOON),
        "secret_box": FernetSecretBox(secret_keys=["k" * 32]),
        **others,
    }
    return CarryOutOnce(**parts)


def answer(made: int) -> bytes:
    return b"%d" % made


async def test_the_first_answer_is_given_as_often_as_asked(store: InMemoryStorage, counter: Counter) -> None:
    once = process(store)
    answers = [await once(REQUEST, counter, answer) for _ in range(3)]
    assert answers == [GivenAnswer(b"1", is_replayed=False)] + [GivenAnswer(b"1", is_replayed=True)] * 2
    assert counter.times == 1


async def test_after_a_day_the_key_is_free_again_and_not_an_instant_before(
    store: InMemoryStorage, counter: Counter
) -> None:
    other = replace(REQUEST, fingerprints=(b"of another body",))
    await process(store)(REQUEST, counter, answer)
    with pytest.raises(KeyReused):
        await process(store, clock=FixedClock(NOON + KEPT_FOR - MINUTE))(other, counter, answer)
    outcome = await process(store, clock=FixedClock(NOON + KEPT_FOR))(other, counter, answer)
    assert outcome == GivenAnswer(b"2", is_replayed=False)


async def test_while_it_is_carried_out_it_is_not_carried_out_again(
    store: InMemoryStorage, counter: Counter
) -> None:
    once, go_on = process(store), asyncio.Event()

    async def slowly(keep: Keep[int] | None) -> int:
        await go_on.wait()
        return await counter(keep)

    first = asyncio.create_task(once(REQUEST, slowly, answer))
    await asyncio.sleep(0)
    with pytest.raises(InFlight):
        await once(REQUEST, counter, answer)
    go_on.set()
    assert await first == GivenAnswer(b"1", is_replayed=False)


async def test_a_request_that_was_left_may_come_again_at_once(store: InMemoryStorage, counter: Counter) -> None:
    once = process(store)

    async def forever(_: Keep[int] | None) -> int:
        await asyncio.Event().wait()
        return 0

    left = asyncio.create_task(once(REQUEST, forever, answer))
    await asyncio.sleep(0)
    left.cancel()
    await asyncio.wait([left])
    assert await once(REQUEST, counter, answer) == GivenAnswer(b"1", is_replayed=False)


@pytest.mark.parametrize("seen", [InFlight(), Taken("name")], ids=["at the commit", "before it"])
async def test_whoever_loses_against_the_same_request_in_another_process_has_its_answer(
    store: InMemoryStorage, counter: Counter, seen: Conflict
) -> None:
    async def lose(_: Keep[int] | None) -> int:
        await process(store)(REQUEST, counter, answer)
        raise seen

    assert await process(store)(REQUEST, lose, answer) == GivenAnswer(b"1", is_replayed=True)


@pytest.mark.parametrize("refusal", [Taken("name"), Unavailable("away")])
async def test_of_a_refusal_nothing_is_kept(
    store: InMemoryStorage, counter: Counter, refusal: Taken | Unavailable
) -> None:
    once = process(store)

    async def refuse(_: Keep[int] | None) -> int:
        raise refusal

    with pytest.raises(type(refusal)):
        await once(REQUEST, refuse, answer)
    assert await once(REQUEST, counter, answer) == GivenAnswer(b"1", is_replayed=False)


async def test_what_is_kept_does_not_show_the_answer(store: InMemoryStorage, counter: Counter) -> None:
    await process(store)(REQUEST, counter, lambda _: b"a token that lets one in")
    (kept,) = (await store.read()).kept_answers.values()
    assert b"token" not in kept.sealed_answer


async def test_a_former_key_of_the_service_still_tells_the_request_and_opens_its_answer(
    store: InMemoryStorage, counter: Counter
) -> None:
    await process(store)(REQUEST, counter, answer)
    renewed = process(store, secret_box=FernetSecretBox(secret_keys=["n" * 32, "k" * 32]))
    request = replace(REQUEST, fingerprints=(b"with the new key", *REQUEST.fingerprints))
    assert await renewed(request, counter, answer) == GivenAnswer(b"1", is_replayed=True)


async def test_with_an_answer_that_nobody_can_read_it_is_not_carried_out_either(
    store: InMemoryStorage, counter: Counter
) -> None:
    await process(store)(REQUEST, counter, answer)
    renewed = process(store, secret_box=FernetSecretBox(secret_keys=["n" * 32]))
    with pytest.raises(Conflict, match="carried out before"):
        await renewed(REQUEST, counter, answer)
    assert counter.times == 1
