"""What every directory of sessions owes.

Needs the fixtures `units_of_work` and `session_directory`, of one and the same instance.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from application.ports.session_directory import SessionDirectory
from application.ports.unit_of_work import UnitsOfWork
from domain.errors import Stale
from domain.sessions import Session
from domain.users import Role, User, UserChanges
from tests.contracts.sample import (
    GREATEST_ID,
    MINUTE,
    NOON,
    a_kept_session,
    a_kept_user,
    a_session,
    keep,
)

CHANGES_OF_AN_ACCOUNT: dict[str, Callable[[User], User]] = {
    "a lost role": lambda user: user.change(UserChanges(role=Role.EMPLOYEE), at=NOON),
    "a new name": lambda user: user.change(UserChanges(username="countess"), at=NOON),
    "a lost approval": lambda user: user.change(UserChanges(is_approved=False), at=NOON),
    "a rejection": lambda user: user.reject(at=NOON),
    "being switched off": lambda user: user.change(UserChanges(is_active=False), at=NOON),
    "deletion": lambda user: user.delete(at=NOON),
    "a new password": lambda user: user.change_password("$argon2id$other", at=NOON),
}


async def a_manager(units_of_work: UnitsOfWork, username: str = "ada") -> User:
    """Return a user who has something to lose."""
    user = replace(await a_kept_user(units_of_work, username), role=Role.MANAGER, version=2)
    return await save_user(units_of_work, user)


async def save_user(units_of_work: UnitsOfWork, user: User) -> User:
    """Keep the next state of a user."""
    async with units_of_work() as uow:
        uow.users.save(user)
        await uow.commit()
    return user


async def save_session(units_of_work: UnitsOfWork, session: Session) -> Session:
    """Keep the next state of a session."""
    async with units_of_work() as uow:
        uow.sessions.save(session)
        await uow.commit()
    return session


@pytest.mark.anyio
class SessionDirectoryContract:
    """A session is found with its account as they are, and what this instance commits is seen at once."""

    async def test_a_session_comes_with_its_own_user(
        self, units_of_work: UnitsOfWork, session_directory: SessionDirectory
    ) -> None:
        ada, grace = await a_manager(units_of_work), await a_kept_user(units_of_work, "grace")
        of_ada, of_grace = await a_kept_session(units_of_work, ada), await a_kept_session(units_of_work, grace)
        for _ in range(3):
            assert await session_directory.find(of_ada.id) == (of_ada, ada)
            assert await session_directory.find(of_grace.id) == (of_grace, grace)

    async def test_an_unknown_id_is_no_session_until_there_is_one(
        self, units_of_work: UnitsOfWork, session_directory: SessionDirectory
    ) -> None:
        ada = await a_manager(units_of_work)
        for unknown in (0, -1, GREATEST_ID):
            assert await session_directory.find(unknown) is None
        session = a_session(GREATEST_ID, ada)
        await keep(units_of_work, session)
        assert await session_directory.find(GREATEST_ID) == (session, ada)

    async def test_a_session_that_ends_is_found_ended_from_then_on(
        self, units_of_work: UnitsOfWork, session_directory: SessionDirectory
    ) -> None:
        ada = await a_manager(units_of_work)
        ended, other = await a_kept_session(units_of_work, ada), await a_kept_session(units_of_work, ada)
        for session in (ended, other):
            assert await session_directory.find(session.id) == (session, ada)
        ended = await save_session(units_of_work, ended.revoke(at=NOON))
        for session in (ended, other, ended):
            assert await session_directory.find(session.id) == (session, ada)

    async def test_sessions_that_are_shut_out_are_found_ended_whichever_is_asked_for_first(
        self, units_of_work: UnitsOfWork, session_directory: SessionDirectory
    ) -> None:
        ada = await a_manager(units_of_work)
        mine, *others = [await a_kept_session(units_of_work, ada) for _ in range(3)]
        for session in (mine, *others):
            assert await session_directory.find(session.id) == (session, ada)
        async with units_of_work() as uow:
            uow.sessions.revoke_others(ada.id, but=mine.id, at=NOON)
            await uow.commit()
        assert await session_directory.find(mine.id) == (mine, ada)
        for session in others:
            assert await session_directory.find(session.id) == (session.revoke(at=NOON), ada)

    @pytest.mark.parametrize("change", CHANGES_OF_AN_ACCOUNT)
    async def test_a_change_of_an_account_is_seen_through_all_its_sessions(
        self, change: str, units_of_work: UnitsOfWork, session_directory: SessionDirectory
    ) -> None:
        ada = await a_manager(units_of_work)
        sessions = [await a_kept_session(units_of_work, ada) for _ in range(2)]
        for session in sessions:
            assert await session_directory.find(session.id) == (session, ada)
        changed = await save_user(units_of_work, CHANGES_OF_AN_ACCOUNT[change](ada))
        for session in sessions:
            assert await session_directory.find(session.id) == (session, changed)

    async def test_a_restored_account_is_found_as_it_is_now(
        self, units_of_work: UnitsOfWork, session_directory: SessionDirectory
    ) -> None:
        ada = await save_user(units_of_work, (await a_manager(units_of_work)).delete(at=NOON))
        session = await a_kept_session(units_of_work, ada)
        assert await session_directory.find(session.id) == (session, ada)
        restored = await save_user(units_of_work, ada.restore(at=NOON))
        assert await session_directory.find(session.id) == (session, restored)

    async def test_a_refreshed_session_is_still_found(
        self, units_of_work: UnitsOfWork, session_directory: SessionDirectory
    ) -> None:
        ada = await a_manager(units_of_work)
        session = await a_kept_session(units_of_work, ada)
        assert await session_directory.find(session.id) == (session, ada)
        refreshed = await save_session(units_of_work, session.rotate("next", at=NOON + MINUTE))
        assert await session_directory.find(session.id) in [(session, ada), (refreshed, ada)]

    async def test_what_was_refused_or_never_committed_changes_nothing(
        self, units_of_work: UnitsOfWork, session_directory: SessionDirectory
    ) -> None:
        ada = await a_manager(units_of_work)
        session = await a_kept_session(units_of_work, ada)
        assert await session_directory.find(session.id) == (session, ada)
        async with units_of_work() as uow:
            uow.sessions.save(session.revoke(at=NOON))
        async with units_of_work() as uow:
            uow.sessions.revoke_others(ada.id, but=None, at=NOON)
            uow.users.save(replace(ada, version=9))
            with pytest.raises(Stale):
                await uow.commit()
        assert await session_directory.find(session.id) == (session, ada)

    async def test_whoever_asks_after_the_commit_hears_of_it_however_many_ask_meanwhile(
        self, units_of_work: UnitsOfWork, session_directory: SessionDirectory
    ) -> None:
        ada = await a_manager(units_of_work)
        for _ in range(10):
            session = await a_kept_session(units_of_work, ada)
            is_over = asyncio.Event()

            async def ask(session: Session, is_over: asyncio.Event) -> None:
                while not is_over.is_set():
                    await session_directory.find(session.id)
                    await asyncio.sleep(0)

            asking = [asyncio.create_task(ask(session, is_over)) for _ in range(5)]
            await session_directory.find(session.id)
            revoked = await save_session(units_of_work, session.revoke(at=NOON))
            answers = [await session_directory.find(session.id) for _ in range(20)]
            is_over.set()
            await asyncio.gather(*asking)
            assert answers == [(revoked, ada)] * 20

    async def test_many_sessions_are_found_together_each_with_its_own_user(
        self, units_of_work: UnitsOfWork, session_directory: SessionDirectory
    ) -> None:
        ada, grace = await a_manager(units_of_work), await a_kept_user(units_of_work, "grace")
        of_ada = [await a_kept_session(units_of_work, ada) for _ in range(3)]
        of_grace = await a_kept_session(units_of_work, grace)
        expected = {**{session.id: (session, ada) for session in of_ada}, of_grace.id: (of_grace, grace)}
        await session_directory.find(of_ada[1].id)
        for _ in range(3):
            assert await session_directory.find_all(expected.keys()) == expected
        assert await session_directory.find_all([of_grace.id]) == {of_grace.id: (of_grace, grace)}

    async def test_among_many_those_that_do_not_exist_are_left_out(
        self, units_of_work: UnitsOfWork, session_directory: SessionDirectory
    ) -> None:
        session = await a_kept_session(units_of_work, ada := await a_manager(units_of_work))
        asked = [0, -1, session.id, session.id, GREATEST_ID]
        assert await session_directory.find_all(asked) == {session.id: (session, ada)}
        assert await session_directory.find_all([0, GREATEST_ID]) == {}
        assert await session_directory.find_all([]) == {}

    @pytest.mark.parametrize("change", CHANGES_OF_AN_ACCOUNT)
    async def test_among_many_what_ended_or_changed_is_seen_at_once(
        self, change: str, units_of_work: UnitsOfWork, session_directory: SessionDirectory
    ) -> None:
        ada, grace = await a_manager(units_of_work), await a_kept_user(units_of_work, "grace")
        of_ada, of_grace, other = [await a_kept_session(units_of_work, user) for user in (ada, grace, grace)]
        ids = {of_ada.id, of_grace.id, other.id}
        assert (await session_directory.find_all(ids)).keys() == ids
        changed = await save_user(units_of_work, CHANGES_OF_AN_ACCOUNT[change](ada))
        ended = await save_session(units_of_work, of_grace.revoke(at=NOON))
        assert await session_directory.find_all(ids) == {
            of_ada.id: (of_ada, changed),
            ended.id: (ended, grace),
            other.id: (other, grace),
        }
