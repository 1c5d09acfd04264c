"""What every unit of work owes that takes a lock.

Needs two fixtures, `units_of_work` and `others_units_of_work`, which open units of work on one empty store: the
latter as another instance of the service does, where the store can serve several.
"""

import asyncio

import pytest

from application.ports.unit_of_work import UnitOfWork, UnitsOfWork
from domain.errors import Stale
from domain.users import User
from tests.contracts.sample import GREATEST_ID, a_kept_user, a_user, race, stored_user


class AbandonedError(Exception):
    """Why a unit of work was left."""


async def _next_state(units_of_work: UnitsOfWork, user: User) -> None:
    """Change a user on top of what is there: only ever stale if another does so at the same moment."""
    async with units_of_work() as uow:
        await uow.lock("admins")
        current = await uow.users.get(user.id)
        assert current is not None
        uow.users.save(current.with_password_hash(f"hash-{current.version + 1}"))
        await uow.commit()


async def _can_lock(units_of_work: UnitsOfWork, name: str = "admins") -> None:
    async with units_of_work() as uow:
        await uow.lock(name)


@pytest.mark.anyio
class LockContract:
    """Of all units of work, in whatever instance, one at a time holds the lock of a name."""

    async def test_of_twenty_racing_holders_each_builds_on_what_the_one_before_committed(
        self, units_of_work: UnitsOfWork, others_units_of_work: UnitsOfWork
    ) -> None:
        user = await a_kept_user(units_of_work)
        _, losers = await race(
            _next_state(others_units_of_work if number % 2 else units_of_work, user) for number in range(20)
        )
        assert losers == []
        stored = await stored_user(units_of_work, user.id)
        assert stored is not None
        assert (stored.version, stored.password_hash) == (21, "hash-21")

    @pytest.mark.parametrize("commits", [False, True])
    async def test_who_waits_gets_in_when_the_holder_has_left(
        self, units_of_work: UnitsOfWork, others_units_of_work: UnitsOfWork, commits: bool
    ) -> None:
        order: list[str] = []

        async def wait() -> None:
            async with others_units_of_work() as uow:
                await uow.lock("admins")
                order.append("the other is in")

        async with units_of_work() as uow:
            await uow.lock("admins")
            waiting = asyncio.create_task(wait())
            await uow.users.any()
            order.append("the first is at work")
            uow.users.add(a_user(1))
            if commits:
                await uow.commit()
        await waiting
        assert order == ["the first is at work", "the other is in"]
        assert (await stored_user(units_of_work, 1) is not None) is commits

    async def test_who_only_tries_does_not_wait_and_holds_it_when_nobody_else_does(
        self, units_of_work: UnitsOfWork, others_units_of_work: UnitsOfWork
    ) -> None:
        async with units_of_work() as holder:
            assert await holder.try_lock("admins")
            async with others_units_of_work() as uow:
                assert not await uow.try_lock("admins")
            async with others_units_of_work() as uow:
                assert await uow.try_lock("others")
        async with others_units_of_work() as uow:
            await uow.lock("admins")
            async with units_of_work() as holder:
                assert not await holder.try_lock("admins")
        async with units_of_work() as holder:
            assert await holder.try_lock("admins")

    async def test_the_lock_is_let_go_by_the_commit_whether_or_not_there_was_anything_to_keep(
        self, units_of_work: UnitsOfWork, others_units_of_work: UnitsOfWork
    ) -> None:
        async with units_of_work() as uow:
            await uow.lock("admins")
            await uow.commit()
            await _can_lock(others_units_of_work)

    async def test_the_lock_is_let_go_by_a_commit_that_is_refused(
        self, units_of_work: UnitsOfWork, others_units_of_work: UnitsOfWork
    ) -> None:
        async with units_of_work() as uow:
            await uow.lock("admins")
            uow.users.add(a_user(1))
            uow.users.save(a_user(GREATEST_ID).with_password_hash("other"))
            with pytest.raises(Stale):
                await uow.commit()
            await _can_lock(others_units_of_work)
        assert await stored_user(units_of_work, 1) is None

    async def test_the_lock_is_let_go_by_an_error_and_nothing_is_kept(
        self, units_of_work: UnitsOfWork, others_units_of_work: UnitsOfWork
    ) -> None:
        async def abandon() -> None:
            async with units_of_work() as uow:
                await uow.lock("admins")
                uow.users.add(a_user(1))
                raise AbandonedError

        for _ in range(10):
            with pytest.raises(AbandonedError):
                await abandon()
        await _can_lock(others_units_of_work)
        assert await stored_user(units_of_work, 1) is None

    async def test_the_lock_is_let_go_when_its_holder_is_cancelled(
        self, units_of_work: UnitsOfWork, others_units_of_work: UnitsOfWork
    ) -> None:
        for _ in range(10):
            is_held = asyncio.Event()

            async def hold(is_held: asyncio.Event = is_held) -> None:
                async with units_of_work() as uow:
                    await uow.lock("admins")
                    is_held.set()
                    await asyncio.Event().wait()

            holder = asyncio.create_task(hold())
            await is_held.wait()
            holder.cancel()
            with pytest.raises(asyncio.CancelledError):
                await holder
            await _can_lock(others_units_of_work)

    async def test_who_gives_up_waiting_does_not_stand_in_the_way_of_the_next(
        self, units_of_work: UnitsOfWork, others_units_of_work: UnitsOfWork
    ) -> None:
        async with units_of_work() as uow:
            await uow.lock("admins")
            waiting = [asyncio.create_task(_can_lock(others_units_of_work)) for _ in range(3)]
            await uow.users.any()
            for each in waiting[:2]:
                each.cancel()
            outcomes = await asyncio.gather(*waiting[:2], return_exceptions=True)
            assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError] * 2
        await waiting[2]
        await _can_lock(others_units_of_work)

    async def test_units_that_hold_different_locks_or_none_do_not_wait_for_each_other(
        self, units_of_work: UnitsOfWork, others_units_of_work: UnitsOfWork
    ) -> None:
        async with units_of_work() as uow:
            await uow.lock("admins")
            await _can_lock(others_units_of_work, "Admins")
            await _can_lock(units_of_work, "größer 'als\" alles; --")
            await _can_lock(others_units_of_work, "")
            newcomer = await a_kept_user(others_units_of_work)
            assert await uow.users.get(newcomer.id) == newcomer

    async def test_a_unit_takes_one_lock_at_most_and_only_before_its_commit(
        self, units_of_work: UnitsOfWork
    ) -> None:
        async def refuses(uow: UnitOfWork, name: str) -> None:
            with pytest.raises(RuntimeError):
                await uow.lock(name)

        async with units_of_work() as uow:
            await uow.lock("admins")
            await refuses(uow, "admins")
            await refuses(uow, "others")
            await uow.commit()
            await refuses(uow, "admins")
            await _can_lock(units_of_work)
