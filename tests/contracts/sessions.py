"""What every repository of sessions owes. Needs the fixture `units_of_work`: opens units on an empty store."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from application.ports.unit_of_work import UnitsOfWork
from domain.errors import NotFound, Stale
from domain.sessions import USER_AGENT_MOST, Session, SessionKind
from tests.contracts import hostile
from tests.contracts.sample import (
    FIRST_MOMENT,
    GREATEST_ID,
    LAST_MOMENT,
    NOON,
    a_kept_session,
    a_kept_user,
    a_session,
    a_user,
    keep,
    race,
    stored_session,
)


async def _save(units_of_work: UnitsOfWork, session: Session) -> Session:
    async with units_of_work() as uow:
        uow.sessions.save(session)
        await uow.commit()
    return session


@pytest.mark.anyio
class SessionRepositoryContract:
    """Sign-ins come back as they were kept, together with whose they are."""

    @hostile.settings
    @given(drawn=hostile.sessions(), next_state=hostile.sessions())
    async def test_every_field_reads_back_as_it_was_added_and_as_it_was_saved(
        self, units_of_work: UnitsOfWork, drawn: Session, next_state: Session
    ) -> None:
        user = await a_kept_user(units_of_work)
        async with units_of_work() as uow:
            session_id = await uow.sessions.next_id()
            added = replace(drawn, id=session_id, user_id=user.id)
            uow.sessions.add(added)
            await uow.commit()
        assert await stored_session(units_of_work, session_id) == added
        saved = replace(
            next_state, id=session_id, user_id=user.id, created_at=added.created_at, version=added.version + 1
        )
        await _save(units_of_work, saved)
        assert await stored_session(units_of_work, session_id) == saved

    async def test_what_is_over_can_be_removed_in_portions_and_nothing_else_is(
        self, units_of_work: UnitsOfWork
    ) -> None:
        user = await a_kept_user(units_of_work)
        over = [await a_kept_session(units_of_work, user) for _ in range(3)]
        await _save(units_of_work, over[0].revoke(at=NOON))
        end = over[0].expires_at
        live = replace(over[0], id=GREATEST_ID, expires_at=end + timedelta(microseconds=1))
        await keep(units_of_work, live)
        async with units_of_work() as uow:
            assert await uow.sessions.remove_expired(end - timedelta(microseconds=1), most=10) == 0
            assert await uow.sessions.remove_expired(end, most=2) == 2
            assert await uow.sessions.remove_expired(end, most=2) == 1
            assert await uow.sessions.remove_expired(end, most=2) == 0
        assert [await stored_session(units_of_work, each.id) for each in over] == [None] * 3
        assert await stored_session(units_of_work, live.id) == live

    async def test_the_greatest_id_the_longest_agent_and_the_first_and_last_moments_fit(
        self, units_of_work: UnitsOfWork
    ) -> None:
        user = a_user(GREATEST_ID)
        session = Session(
            id=GREATEST_ID,
            user_id=GREATEST_ID,
            kind=SessionKind.BROWSER,
            secret_fingerprint="f" * 64,
            user_agent="🚀" * USER_AGENT_MOST,
            created_at=FIRST_MOMENT,
            last_used_at=FIRST_MOMENT,
            expires_at=LAST_MOMENT,
            revoked_at=LAST_MOMENT,
        )
        await keep(units_of_work, user, session)
        assert await stored_session(units_of_work, GREATEST_ID) == session

    async def test_times_read_back_in_utc(self, units_of_work: UnitsOfWork) -> None:
        kept = await a_kept_session(units_of_work, await a_kept_user(units_of_work))
        session = await stored_session(units_of_work, kept.id)
        assert session is not None
        assert session.expires_at.utcoffset() == timedelta(0)

    async def test_a_session_comes_with_its_own_user_as_they_are_now(self, units_of_work: UnitsOfWork) -> None:
        await a_kept_user(units_of_work)
        ada = await a_kept_user(units_of_work, "ada")
        session = await a_kept_session(units_of_work, ada)
        ada = replace(ada, is_approved=False, is_active=False, deleted_at=NOON, version=2)
        async with units_of_work() as uow:
            uow.users.save(ada)
            await uow.commit()
            assert await uow.sessions.get_with_user(session.id) == (session, ada)

    async def test_a_revoked_session_is_still_read(self, units_of_work: UnitsOfWork) -> None:
        session = await a_kept_session(units_of_work, await a_kept_user(units_of_work))
        revoked = await _save(units_of_work, session.revoke(at=NOON))
        assert await stored_session(units_of_work, session.id) == revoked

    async def test_an_unknown_id_is_no_session(self, units_of_work: UnitsOfWork) -> None:
        await a_kept_session(units_of_work, await a_kept_user(units_of_work))
        for unknown in (GREATEST_ID, 0, -1):
            assert await stored_session(units_of_work, unknown) is None

    async def test_a_session_of_nobody_is_refused(self, units_of_work: UnitsOfWork) -> None:
        session = a_session(1, a_user(GREATEST_ID))
        with pytest.raises(NotFound):
            await keep(units_of_work, session)
        assert await stored_session(units_of_work, 1) is None

    async def test_a_state_that_is_not_the_next_one_is_stale(self, units_of_work: UnitsOfWork) -> None:
        user = await a_kept_user(units_of_work)
        session = await a_kept_session(units_of_work, user)
        for version in (1, 3):
            with pytest.raises(Stale):
                await _save(units_of_work, replace(session, revoked_at=NOON, version=version))
        with pytest.raises(Stale):
            await _save(units_of_work, a_session(GREATEST_ID, user).revoke(at=NOON))
        assert await stored_session(units_of_work, session.id) == session

    async def test_no_use_that_is_noted_late_brings_an_ended_session_back(
        self, units_of_work: UnitsOfWork
    ) -> None:
        alive = await a_kept_session(units_of_work, await a_kept_user(units_of_work))
        ended = await _save(units_of_work, alive.revoke(at=NOON))
        with pytest.raises(Stale):
            await _save(units_of_work, alive.note_use(at=NOON + timedelta(hours=1)))
        assert await stored_session(units_of_work, alive.id) == ended

    async def test_of_twenty_racing_rotations_exactly_one_is_kept(self, units_of_work: UnitsOfWork) -> None:
        session = await a_kept_session(units_of_work, await a_kept_user(units_of_work))
        winners, losers = await race(
            _save(units_of_work, session.rotate(f"next-{number}", at=NOON)) for number in range(20)
        )
        assert winners == [await stored_session(units_of_work, session.id)]
        assert {type(loser) for loser in losers} == {Stale}

    async def test_no_id_is_given_twice(self, units_of_work: UnitsOfWork) -> None:
        async def next_id() -> int:
            async with units_of_work() as uow:
                return await uow.sessions.next_id()

        ids = await asyncio.gather(*(next_id() for _ in range(200)))
        assert len(set(ids)) == 200
        assert min(ids) >= 1

    async def test_the_live_sessions_of_a_user_are_listed_the_last_used_first(
        self, units_of_work: UnitsOfWork
    ) -> None:
        ada, grace = await a_kept_user(units_of_work, "ada"), await a_kept_user(units_of_work, "grace")
        first, second, third, revoked, expired = [await a_kept_session(units_of_work, ada) for _ in range(5)]
        await a_kept_session(units_of_work, grace)
        later = NOON + timedelta(minutes=5)
        first = await _save(units_of_work, replace(first, last_used_at=later, version=2))
        await _save(units_of_work, revoked.revoke(at=NOON))
        await _save(units_of_work, replace(expired, expires_at=later, version=2))
        async with units_of_work() as uow:
            assert await uow.sessions.live_of(ada.id, later) == (first, third, second)

    async def test_the_other_sessions_of_a_user_end_and_no_one_elses(self, units_of_work: UnitsOfWork) -> None:
        ada, grace = await a_kept_user(units_of_work, "ada"), await a_kept_user(units_of_work, "grace")
        mine, other, ended = [await a_kept_session(units_of_work, ada) for _ in range(3)]
        ended = await _save(units_of_work, ended.revoke(at=NOON))
        hers = await a_kept_session(units_of_work, grace)
        later = NOON + timedelta(minutes=5)
        async with units_of_work() as uow:
            uow.sessions.revoke_others(ada.id, but=mine.id, at=later)
            await uow.commit()
        assert await stored_session(units_of_work, mine.id) == mine
        assert await stored_session(units_of_work, other.id) == other.revoke(at=later)
        assert await stored_session(units_of_work, ended.id) == ended
        assert await stored_session(units_of_work, hers.id) == hers

    async def test_all_sessions_of_a_user_can_end_and_there_may_be_none(self, units_of_work: UnitsOfWork) -> None:
        ada = await a_kept_user(units_of_work)
        session = await a_kept_session(units_of_work, ada)
        for _ in range(2):
            async with units_of_work() as uow:
                uow.sessions.revoke_others(ada.id, but=None, at=NOON)
                await uow.commit()
        assert await stored_session(units_of_work, session.id) == session.revoke(at=NOON)

    async def test_what_builds_on_a_state_of_the_user_is_refused_once_that_has_moved_on(
        self, units_of_work: UnitsOfWork
    ) -> None:
        ada = await a_kept_user(units_of_work)
        async with units_of_work() as uow:
            uow.users.save(replace(ada, version=2))
            await uow.commit()
        session = a_session(GREATEST_ID, ada)
        async with units_of_work() as uow:
            uow.users.confirm(ada)
            uow.sessions.add(session)
            with pytest.raises(Stale):
                await uow.commit()
        assert await stored_session(units_of_work, session.id) is None

    async def test_no_session_slips_past_a_change_of_its_user_at_the_same_moment(
        self, units_of_work: UnitsOfWork
    ) -> None:
        ada = await a_kept_user(units_of_work)

        async def sign_in() -> int:
            async with units_of_work() as uow:
                session = a_session(await uow.sessions.next_id(), ada)
                uow.users.confirm(ada)
                uow.sessions.add(session)
                await uow.commit()
                return session.id

        async def shut_out() -> int:
            async with units_of_work() as uow:
                uow.users.save(replace(ada, version=2))
                uow.sessions.revoke_others(ada.id, but=None, at=NOON)
                await uow.commit()
                return 0

        _, losers = await race([*(sign_in() for _ in range(10)), shut_out(), *(sign_in() for _ in range(10))])
        assert {type(loser) for loser in losers} <= {Stale}
        async with units_of_work() as uow:
            assert await uow.sessions.live_of(ada.id, NOON) == ()
