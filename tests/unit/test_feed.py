"""Following the log, where the store can be taken away and time stands still."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.clock.fixed import FixedClock
from adapters.memory.notices import InMemoryNotices
from adapters.memory.session_directory import InMemorySessionDirectory
from adapters.memory.storage import InMemoryStorage
from application.auth import Identity
from application.events import SealEvents
from application.feed import EventFeed
from application.follower import Follower
from application.ports.unit_of_work import UnitOfWork
from application.recent_events import READ_AT_ONCE, RECENT_MOST
from domain.errors import Invalid, Unauthenticated, Unavailable
from domain.events import Event, EventType, RecordedEvent
from domain.users import Role, UserChanges
from tests.contracts.sample import MINUTE, NOON, a_kept_session, a_kept_user
from tests.contracts.session_directory import save_user
from tests.unit.feed_scene import HeldUnitOfWork, Lock, LockedSessions, LockedUnitsOfWork, Scene, running

pytestmark = pytest.mark.anyio

PATIENCE_SECONDS = 30


@pytest.fixture
async def scene(anyio_backend: str) -> Scene:
    """A feed that does not run yet, and an employee."""
    store, clock, lock = InMemoryStorage(), FixedClock(NOON), Lock()
    units_of_work = store.unit_of_work
    user = await a_kept_user(units_of_work)
    session = await a_kept_session(units_of_work, user)
    locked = LockedUnitsOfWork(units_of_work, lock)
    feed = EventFeed(
        locked,
        SealEvents(locked, clock),
        LockedSessions(InMemorySessionDirectory(store), lock),
        InMemoryNotices(store),
        clock,
    )
    return Scene(store, units_of_work, clock, feed, Identity(user, session, until=NOON + 15 * MINUTE), lock)


async def read(follower: Follower, count: int) -> list[RecordedEvent]:
    """Return so many events as they come."""
    events: list[RecordedEvent] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(events) < count:
            events += await follower.next(within=PATIENCE_SECONDS)
    assert len(events) == count
    return events


def subjects(events: list[RecordedEvent]) -> list[int]:
    """Return what happened to which."""
    return [recorded.event.subject_id for recorded in events]


class TestFollowing:
    """Everything, in order, once."""

    async def test_however_far_behind_someone_is_nothing_is_lost_or_comes_twice(self, scene: Scene) -> None:
        most = 3 * RECENT_MOST + 7
        early = await scene.follow()
        async with running(scene.feed):
            for first in range(1, most + 1, 500):
                await scene.happens(*range(first, min(first + 500, most + 1)))
            for follower in (early, await scene.follow(0)):
                assert subjects(await read(follower, most)) == list(range(1, most + 1))
            near = await scene.follow(most - 3)
            assert subjects(await read(near, 3)) == [most - 2, most - 1, most]

    async def test_only_so_many_follow_at_one_process(self, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("application.feed.FOLLOWERS_MOST", 3)
        followers = [await scene.follow() for _ in range(3)]
        with pytest.raises(Unavailable, match="Too many"):
            await scene.follow()
        followers[0].close()
        await scene.follow()

    async def test_a_reader_is_handed_a_bounded_number_at_a_time(self, scene: Scene) -> None:
        follower = await scene.follow(0)
        async with running(scene.feed):
            await scene.happens(*range(1, 2 * READ_AT_ONCE))
            while follower.place < 2 * READ_AT_ONCE - 1:
                assert len(await follower.next(within=PATIENCE_SECONDS)) <= READ_AT_ONCE

    async def test_from_now_on_leaves_out_what_was_kept_before(self, scene: Scene) -> None:
        await scene.happens(1)
        follower = await scene.follow()
        await scene.happens(2)
        async with running(scene.feed):
            assert subjects(await read(follower, 1)) == [2]

    async def test_nothing_comes_after_the_wait_where_nothing_happens(self, scene: Scene) -> None:
        async with running(scene.feed):
            assert await (await scene.follow()).next(within=0.01) == ()

    async def test_a_place_that_another_instance_has_come_to_is_one(self, scene: Scene) -> None:
        await scene.follow()
        await scene.happens(1, 2)
        await SealEvents(scene.units_of_work, scene.clock)()
        follower = await scene.follow(2)
        with pytest.raises(Invalid):
            await scene.follow(3)
        async with running(scene.feed):
            await scene.happens(3)
            assert subjects(await read(follower, 1)) == [3]

    async def test_whoever_closes_is_handed_nothing_more(self, scene: Scene) -> None:
        follower = await scene.follow()
        async with running(scene.feed):
            waiting = asyncio.create_task(follower.next(within=PATIENCE_SECONDS))
            await asyncio.sleep(0)
            follower.close()
            async with asyncio.timeout(PATIENCE_SECONDS):
                assert await waiting == ()


class TestEnds:
    """Who may follow no longer does not."""

    async def test_the_token_expires(self, scene: Scene) -> None:
        follower = await scene.follow()
        async with running(scene.feed):
            scene.clock.advance(timedelta(minutes=15))
            with pytest.raises(Unauthenticated, match="expired"):
                await follower.next(within=PATIENCE_SECONDS)

    async def test_a_session_that_ended_meanwhile_does_not_even_begin(self, scene: Scene) -> None:
        async with scene.units_of_work() as uow:
            uow.sessions.save(scene.identity.session.revoke(at=NOON))
            await uow.commit()
        with pytest.raises(Unauthenticated):
            await (await scene.follow()).next(within=PATIENCE_SECONDS)

    async def test_what_is_sealed_after_a_role_was_lost_is_not_seen_any_longer(self, scene: Scene) -> None:
        """Even where the session goes on, and the news of it comes later than the event."""
        admin = replace(scene.identity, user=replace(scene.identity.user, role=Role.ADMIN))
        follower = await scene.feed.follow(admin, after=None)
        async with scene.units_of_work() as uow:
            uow.events.add(Event.of(EventType.USER_UPDATED, 999, actor=None, at=NOON))
            uow.events.add(Event.of(EventType.WEBHOOK_CREATED, 1, actor=None, at=NOON))
            uow.events.add(Event.of(EventType.TASK_CREATED, 5, actor=None, at=NOON))
            await uow.commit()
        async with running(scene.feed):
            assert [recorded.event.type for recorded in await read(follower, 1)] == [EventType.TASK_CREATED]

    async def test_nor_by_who_begins_while_the_feed_finds_out_how_long_the_log_is(self, scene: Scene) -> None:
        """Which it does as long as nobody follows, and so there is nobody to look up."""
        admin = replace(scene.identity.user, role=Role.ADMIN, version=scene.identity.user.version + 1)
        await save_user(scene.units_of_work, admin)
        finding_out = HeldUnitOfWork(scene.store)
        opened: list[UnitOfWork] = [finding_out]
        feed = EventFeed(
            lambda: opened.pop() if opened else scene.units_of_work(),
            SealEvents(scene.units_of_work, scene.clock),
            InMemorySessionDirectory(scene.store),
            InMemoryNotices(scene.store),
            scene.clock,
        )
        async with running(feed):
            await finding_out.is_held.wait()
            follower = await feed.follow(scene.identity, after=None)
            await save_user(scene.units_of_work, admin.change(UserChanges(role=Role.EMPLOYEE), at=NOON))
            async with scene.units_of_work() as uow:
                uow.events.add(Event.of(EventType.WEBHOOK_CREATED, 1, actor=None, at=NOON))
                uow.events.add(Event.of(EventType.TASK_CREATED, 5, actor=None, at=NOON))
                await uow.commit()
            await SealEvents(scene.units_of_work, scene.clock)()
            finding_out.release.set()
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not (events := await follower.next(within=0.01)):
                    pass
        assert [recorded.event.type for recorded in events] == [EventType.TASK_CREATED]

    async def test_closing_the_feed_ends_all(self, scene: Scene) -> None:
        follower = await scene.follow()
        scene.feed.close()
        with pytest.raises(Unavailable):
            await follower.next(within=PATIENCE_SECONDS)
        with pytest.raises(Unavailable):
            await scene.follow()


class TestFaults:
    """What is away comes back."""

    @pytest.mark.parametrize("fault", [Unavailable("away"), RuntimeError("a mistake of ours")], ids=repr)
    async def test_the_loop_goes_on_after_any_fault(
        self, scene: Scene, fault: Exception, caplog: pytest.LogCaptureFixture
    ) -> None:
        follower = await scene.follow()
        async with running(scene.feed):
            scene.lock.fault = fault
            await scene.lock.was_met.wait()
            await scene.happens(1)
            scene.lock.fault = None
            assert subjects(await read(follower, 1)) == [1]
        assert {record.name for record in caplog.records} == {"satchel.feed"}

    async def test_whoever_comes_while_the_store_is_away_is_told_to_come_again(self, scene: Scene) -> None:
        scene.lock.fault = Unavailable("away")
        with pytest.raises(Unavailable):
            await scene.follow()
        scene.lock.fault = None
        await scene.follow()

    async def test_whoever_reads_what_is_past_waits_for_the_store(self, scene: Scene) -> None:
        await scene.happens(1)
        await SealEvents(scene.units_of_work, scene.clock)()
        behind = await scene.follow(0)
        scene.lock.fault = Unavailable("away")
        assert await behind.next(within=0.01) == ()
        scene.lock.fault = None
        assert subjects(await read(behind, 1)) == [1]
