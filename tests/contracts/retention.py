"""What the removal of what nobody needs any longer owes, on every store.

Needs `units_of_work` and `others_units_of_work` on one empty store, the latter as another instance has it, and the
`throttle` of the same.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.clock.fixed import FixedClock
from application.ports.throttle import Allowance, Throttle
from application.ports.unit_of_work import UnitsOfWork
from application.retention import GRACE, PORTION, RETENTION, RemoveExpired
from domain.events import EventType
from domain.idempotency import KEPT_FOR, KeptAnswer
from tests.contracts.sample import MINUTE, NOON, a_kept_session, a_kept_user, keep, stored_session
from tests.contracts.webhook_sample import a_kept_webhook, claim, deliveries_to, settle, something_happens

INSTANT = timedelta(microseconds=1)
DELIVERY_LIFETIME = timedelta(days=30)
ALLOWANCE = Allowance(tries=1, period=MINUTE)


def removal(units_of_work: UnitsOfWork, throttle: Throttle, clock: FixedClock) -> RemoveExpired:
    """Return the use case."""
    return RemoveExpired(units_of_work, throttle, clock, DELIVERY_LIFETIME)


def nothing(**others: int) -> dict[str, int]:
    """Return what is told where nothing but this was removed."""
    return {"sessions": 0, "deliveries": 0, "kept answers": 0, "throttles": 0} | others


@pytest.mark.anyio
class RetentionContract:
    """Each kind goes when it is due and not a moment before."""

    async def test_a_session_goes_a_day_after_its_end_and_stays_until_then_even_if_it_was_revoked(
        self, units_of_work: UnitsOfWork, throttle: Throttle
    ) -> None:
        session = await a_kept_session(units_of_work, await a_kept_user(units_of_work))
        async with units_of_work() as uow:
            uow.sessions.save(session.revoke(at=NOON))
            await uow.commit()
        clock = FixedClock(session.expires_at + GRACE - INSTANT)
        remove = removal(units_of_work, throttle, clock)
        assert await remove() == nothing()
        assert await stored_session(units_of_work, session.id) is not None
        clock.advance(INSTANT)
        assert await remove() == nothing(sessions=1)
        assert await stored_session(units_of_work, session.id) is None

    async def test_a_delivery_goes_when_it_was_settled_long_ago(
        self, units_of_work: UnitsOfWork, throttle: Throttle
    ) -> None:
        webhook = await a_kept_webhook(units_of_work)
        await something_happens(units_of_work, EventType.TASK_CREATED, EventType.TASK_DELETED)
        delivered, failed = await claim(units_of_work)
        await settle(units_of_work, delivered, at=NOON, status=200)
        still_to_come = await settle(units_of_work, failed, at=NOON, status=500)
        clock = FixedClock(NOON + DELIVERY_LIFETIME - INSTANT)
        remove = removal(units_of_work, throttle, clock)
        assert await remove() == nothing()
        clock.advance(INSTANT)
        assert await remove() == nothing(deliveries=1)
        assert await deliveries_to(units_of_work, webhook) == (still_to_come,)

    async def test_a_count_of_tries_goes_a_day_after_it_is_over(
        self, units_of_work: UnitsOfWork, throttle: Throttle
    ) -> None:
        await throttle.take("key", ALLOWANCE, at=NOON)
        clock = FixedClock(NOON + MINUTE + GRACE - INSTANT)
        remove = removal(units_of_work, throttle, clock)
        assert await remove() == nothing()
        clock.advance(INSTANT)
        assert await remove() == nothing(throttles=1)

    async def test_a_kept_answer_goes_a_day_after_it_counts_no_longer(
        self, units_of_work: UnitsOfWork, throttle: Throttle
    ) -> None:
        async with units_of_work() as uow:
            uow.kept_answers.add(KeptAnswer(None, "key", b"f" * 32, b"sealed", NOON))
            await uow.commit()
        clock = FixedClock(NOON + KEPT_FOR + GRACE - INSTANT)
        remove = removal(units_of_work, throttle, clock)
        assert await remove() == nothing()
        clock.advance(INSTANT)
        assert await remove() == nothing(**{"kept answers": 1})

    async def test_one_call_removes_a_portion(self, units_of_work: UnitsOfWork, throttle: Throttle) -> None:
        session = await a_kept_session(units_of_work, await a_kept_user(units_of_work))
        await keep(units_of_work, *(replace(session, id=session.id + 1 + number) for number in range(PORTION)))
        remove = removal(units_of_work, throttle, FixedClock(session.expires_at + GRACE))
        assert await remove() == nothing(sessions=PORTION)
        assert await remove() == nothing(sessions=1)
        assert await remove() == nothing()

    async def test_while_one_instance_is_at_it_no_other_is(
        self, units_of_work: UnitsOfWork, others_units_of_work: UnitsOfWork, throttle: Throttle
    ) -> None:
        clock = FixedClock(NOON)
        async with others_units_of_work() as uow:
            await uow.lock(RETENTION)
            assert await removal(units_of_work, throttle, clock)() is None
        assert await removal(units_of_work, throttle, clock)() == nothing()

    async def test_what_several_find_goes_once(
        self, units_of_work: UnitsOfWork, others_units_of_work: UnitsOfWork, throttle: Throttle
    ) -> None:
        session = await a_kept_session(units_of_work, await a_kept_user(units_of_work))
        clock = FixedClock(session.expires_at + GRACE)
        told = await asyncio.gather(
            *(removal((units_of_work, others_units_of_work)[number % 2], throttle, clock)() for number in range(6))
        )
        assert sum(each["sessions"] for each in told if each is not None) == 1
