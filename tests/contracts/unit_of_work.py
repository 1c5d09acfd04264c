"""What every unit of work owes. Needs the fixture `units_of_work`: how to open one on an empty store."""

from dataclasses import replace

import pytest

from application.ports.unit_of_work import UnitsOfWork
from domain.errors import NotFound, Stale, Taken
from domain.tasks import TaskChanges
from tests.contracts.sample import (
    MINUTE,
    NOON,
    a_kept_task,
    a_kept_user,
    a_session,
    a_task,
    a_user,
    race,
    stored_session,
    stored_task,
    stored_user,
)


class AbandonedError(Exception):
    """Why a unit of work was left."""


@pytest.mark.anyio
class UnitOfWorkContract:
    """One change of many rows happens whole or not at all, and is seen by others only then."""

    async def test_what_was_committed_is_there_for_every_later_unit(self, units_of_work: UnitsOfWork) -> None:
        async with units_of_work() as uow:
            user = a_user(await uow.users.next_id())
            session = a_session(await uow.sessions.next_id(), user)
            task = a_task(await uow.tasks.next_id(), user, assignee=user)
            uow.users.add(user)
            uow.sessions.add(session)
            uow.tasks.add(task)
            await uow.commit()
        assert await stored_user(units_of_work, user.id) == user
        assert await stored_session(units_of_work, session.id) == session
        assert await stored_task(units_of_work, task.id) == task

    async def test_leaving_without_commit_keeps_nothing(self, units_of_work: UnitsOfWork) -> None:
        creator = await a_kept_user(units_of_work)
        task = await a_kept_task(units_of_work, creator, "Before")
        async with units_of_work() as uow:
            newcomer = a_user(await uow.users.next_id())
            uow.users.add(newcomer)
            uow.tasks.save(task.change(TaskChanges(title="After"), at=NOON))
            uow.tasks.remove(task)
        assert await stored_user(units_of_work, newcomer.id) is None
        assert await stored_task(units_of_work, task.id) == task

    async def test_leaving_by_an_error_keeps_nothing_and_lets_the_error_through(
        self, units_of_work: UnitsOfWork
    ) -> None:
        newcomer = a_user(1)

        async def abandon() -> None:
            async with units_of_work() as uow:
                uow.users.add(newcomer)
                raise AbandonedError

        with pytest.raises(AbandonedError):
            await abandon()
        assert await stored_user(units_of_work, newcomer.id) is None

    async def test_an_error_after_the_commit_takes_nothing_back(self, units_of_work: UnitsOfWork) -> None:
        newcomer = a_user(1)

        async def fail_late() -> None:
            async with units_of_work() as uow:
                uow.users.add(newcomer)
                await uow.commit()
                raise AbandonedError

        with pytest.raises(AbandonedError):
            await fail_late()
        assert await stored_user(units_of_work, newcomer.id) == newcomer

    async def test_before_the_commit_nobody_sees_the_change_not_even_its_own_unit(
        self, units_of_work: UnitsOfWork
    ) -> None:
        creator = await a_kept_user(units_of_work)
        task = await a_kept_task(units_of_work, creator)
        async with units_of_work() as uow:
            newcomer = a_user(await uow.users.next_id())
            uow.users.add(newcomer)
            uow.tasks.save(task.change(TaskChanges(title="After"), at=NOON))
            assert await uow.users.get(newcomer.id) is None
            assert await uow.tasks.get(task.id) == task
            assert await stored_user(units_of_work, newcomer.id) is None
            assert await stored_task(units_of_work, task.id) == task
            await uow.commit()
        assert await stored_user(units_of_work, newcomer.id) == newcomer

    async def test_a_unit_reads_what_others_commit_while_it_is_open(self, units_of_work: UnitsOfWork) -> None:
        async with units_of_work() as uow:
            assert await uow.users.any() is False
            user = await a_kept_user(units_of_work)
            assert await uow.users.get(user.id) == user

    async def test_changes_are_carried_out_in_the_order_they_came(self, units_of_work: UnitsOfWork) -> None:
        creator = await a_kept_user(units_of_work)
        async with units_of_work() as uow:
            first = a_task(await uow.tasks.next_id(), creator, "First")
            second = first.change(TaskChanges(title="Second"), at=NOON)
            third = second.change(TaskChanges(title="Third"), at=NOON)
            removed = a_task(await uow.tasks.next_id(), creator)
            uow.tasks.add(first)
            uow.tasks.add(removed)
            uow.tasks.save(second)
            uow.tasks.remove(removed)
            uow.tasks.save(third)
            await uow.commit()
        assert await stored_task(units_of_work, first.id) == third
        assert await stored_task(units_of_work, removed.id) is None

    async def test_committing_nothing_is_fine(self, units_of_work: UnitsOfWork) -> None:
        async with units_of_work() as uow:
            await uow.commit()

    async def test_a_unit_is_committed_once(self, units_of_work: UnitsOfWork) -> None:
        async with units_of_work() as uow:
            uow.users.add(a_user(1))
            await uow.commit()
            with pytest.raises(RuntimeError):
                await uow.commit()

    async def test_when_the_last_change_is_stale_none_is_kept(self, units_of_work: UnitsOfWork) -> None:
        creator = await a_kept_user(units_of_work)
        task = await a_kept_task(units_of_work, creator)
        other = await a_kept_task(units_of_work, creator)
        async with units_of_work() as uow:
            newcomer = a_user(await uow.users.next_id())
            uow.users.add(newcomer)
            uow.tasks.remove(other)
            uow.tasks.save(replace(task, title="Too late", version=task.version + 2))
            with pytest.raises(Stale):
                await uow.commit()
        assert await stored_user(units_of_work, newcomer.id) is None
        assert await stored_task(units_of_work, other.id) == other
        assert await stored_task(units_of_work, task.id) == task

    async def test_when_the_last_name_is_taken_none_is_kept(self, units_of_work: UnitsOfWork) -> None:
        creator = await a_kept_user(units_of_work, "ada")
        async with units_of_work() as uow:
            task = a_task(await uow.tasks.next_id(), creator)
            uow.tasks.add(task)
            uow.users.add(a_user(await uow.users.next_id(), "ADA"))
            with pytest.raises(Taken):
                await uow.commit()
        assert await stored_task(units_of_work, task.id) is None

    async def test_when_the_last_reference_dangles_none_is_kept(self, units_of_work: UnitsOfWork) -> None:
        async with units_of_work() as uow:
            newcomer = a_user(await uow.users.next_id())
            stranger = a_user(await uow.users.next_id())
            uow.users.add(newcomer)
            uow.tasks.add(a_task(await uow.tasks.next_id(), stranger))
            with pytest.raises(NotFound):
                await uow.commit()
        assert await stored_user(units_of_work, newcomer.id) is None

    async def test_after_a_failed_commit_the_store_works_on(self, units_of_work: UnitsOfWork) -> None:
        for _ in range(30):
            async with units_of_work() as uow:
                uow.tasks.remove(a_task(1, a_user(1)))
                with pytest.raises(Stale):
                    await uow.commit()
        user = await a_kept_user(units_of_work)
        assert await stored_user(units_of_work, user.id) == user

    async def test_of_twenty_racing_changes_of_one_task_exactly_one_is_kept(
        self, units_of_work: UnitsOfWork
    ) -> None:
        creator = await a_kept_user(units_of_work)
        task = await a_kept_task(units_of_work, creator)

        async def change(number: int) -> str:
            title = f"Change {number}"
            async with units_of_work() as uow:
                uow.tasks.save(task.change(TaskChanges(title=title), at=NOON + number * MINUTE))
                await uow.commit()
            return title

        winners, losers = await race(change(number) for number in range(20))
        stored = await stored_task(units_of_work, task.id)
        assert stored is not None
        assert winners == [stored.title]
        assert stored.version == task.version + 1
        assert {type(loser) for loser in losers} == {Stale}

    async def test_of_twenty_racing_newcomers_of_one_name_exactly_one_is_kept(
        self, units_of_work: UnitsOfWork
    ) -> None:
        winners, losers = await race(
            a_kept_user(units_of_work, "ada" if number % 2 else "ADA") for number in range(20)
        )
        async with units_of_work() as uow:
            assert [await uow.users.with_username("ada")] == winners
        assert {type(loser) for loser in losers} == {Taken}

    async def test_of_a_racing_change_and_removal_exactly_one_is_kept(self, units_of_work: UnitsOfWork) -> None:
        creator = await a_kept_user(units_of_work)
        for _ in range(10):
            task = await a_kept_task(units_of_work, creator)
            changed = task.change(TaskChanges(title="Changed"), at=NOON)
            async with units_of_work() as changing, units_of_work() as removing:
                changing.tasks.save(changed)
                removing.tasks.remove(task)
                winners, losers = await race([changing.commit(), removing.commit()])
            assert len(winners) == 1
            assert [type(loser) for loser in losers] == [Stale]
            assert await stored_task(units_of_work, task.id) in (changed, None)
