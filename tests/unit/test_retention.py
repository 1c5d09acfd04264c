"""What nobody needs any longer goes; what is still needed stays."""

import asyncio
import logging
from contextlib import suppress

import pytest

from adapters.memory.storage import InMemoryStorage
from adapters.memory.throttle import InMemoryThrottle
from application import retention
from application.ports.throttle import Throttle
from application.ports.unit_of_work import UnitsOfWork
from application.retention import GRACE, RemoveExpired
from domain.errors import Unavailable
from tests.contracts.retention import ALLOWANCE, DELIVERY_LIFETIME, RetentionContract
from tests.contracts.sample import MINUTE, NOON, stored_session
from tests.unit.sample import PASSWORD, SESSION_LIFETIME, Team, tokens_of

pytestmark = pytest.mark.anyio


@pytest.fixture
def units_of_work() -> UnitsOfWork:
    return InMemoryStorage().unit_of_work


@pytest.fixture
def others_units_of_work(units_of_work: UnitsOfWork) -> UnitsOfWork:
    return units_of_work


@pytest.fixture
def throttle() -> Throttle:
    return InMemoryThrottle()


class TestInMemoryRetention(RetentionContract):
    """In memory."""


def removal(team: Team) -> RemoveExpired:
    """Return what removes what this team no longer needs."""
    return RemoveExpired(team.units_of_work, team.throttle, team.clock, DELIVERY_LIFETIME)


async def test_a_spent_refresh_token_shown_again_ends_its_session_until_that_is_over_anyway() -> None:
    team = Team()
    first = await team.sign_up(username="ada", password=PASSWORD)
    second = await team.refresh(refresh_token=tokens_of(first).refresh_token)
    team.clock.advance(SESSION_LIFETIME - MINUTE)
    await removal(team)()
    assert not await team.can_refresh(first)
    assert not await team.can_refresh(second)
    team.clock.advance(MINUTE + GRACE)
    assert await removal(team)() == {"sessions": 1, "deliveries": 0, "kept answers": 0, "throttles": 0}
    assert await stored_session(team.units_of_work, 1) is None
    assert not await team.can_refresh(second)


async def test_it_goes_on_by_itself_and_tells_only_of_what_went(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(retention, "_EVERY_SECONDS", 0)
    team, looks, is_away = Team(), 0, True
    enough = asyncio.Event()

    class Watched(InMemoryThrottle):
        """Is away at the first look, and counts all of them."""

        async def remove_ended(self, at: object, *, most: int) -> int:
            nonlocal looks, is_away
            looks += 1
            if looks == 10:
                enough.set()
            if is_away:
                is_away = False
                raise Unavailable("Away.")
            return await super().remove_ended(team.clock.now(), most=most)

    throttle = Watched()
    await throttle.take("key", ALLOWANCE, at=NOON - GRACE - MINUTE)
    caplog.set_level(logging.INFO, "satchel.retention")
    running = asyncio.create_task(RemoveExpired(team.units_of_work, throttle, team.clock, DELIVERY_LIFETIME).run())
    await asyncio.wait_for(enough.wait(), 30)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert caplog.messages == [
        "Nothing is removed until the store is back: Away.",
        "Removed what nobody needs any longer: 1 throttles",
    ]
