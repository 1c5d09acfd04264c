"""What others change is heard of by the SQL store's directory of sessions; what it changes itself it knows."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import replace

import psycopg
import pytest

from domain.sessions import USE_NOTED_AFTER, Session, SessionKind
from domain.users import Role, User, UserChanges
from tests.contracts.sample import NOON, a_session
from tests.contracts.session_directory import save_session, save_user
from tests.integration.relay import Relay
from tests.integration.session_instances import an_instance, by_hand, eventually, eventually_remembers, remembers

pytestmark = pytest.mark.anyio


@pytest.fixture
async def relay(database_url: str) -> AsyncGenerator[tuple[Relay, str]]:
    """A relay before the database, and its URL."""
    relay = Relay(database_url)
    async with relay.serving() as url:
        yield relay, url


CHANGES_ELSEWHERE: dict[str, Callable[[Session, User], Session | User]] = {
    "a sign-out": lambda session, _: session.revoke(at=NOON),
    "a new role": lambda _, user: user.change(UserChanges(role=Role.MANAGER), at=NOON),
    "a lost approval": lambda _, user: user.change(UserChanges(is_approved=False), at=NOON),
    "being switched off": lambda _, user: user.change(UserChanges(is_active=False), at=NOON),
    "deletion": lambda _, user: user.delete(at=NOON),
    "a new password": lambda _, user: user.change_password("$argon2id$other", at=NOON),
}


@pytest.mark.parametrize("change", CHANGES_ELSEWHERE)
async def test_what_another_instance_commits_is_seen_soon(change: str, database_url: str) -> None:
    async with an_instance(database_url) as here, an_instance(database_url) as elsewhere:
        session, user = await here.remembered_session()
        changed = CHANGES_ELSEWHERE[change](session, user)
        if isinstance(changed, User):
            await save_user(elsewhere.unit_of_work, changed)
        else:
            await save_session(elsewhere.unit_of_work, changed)
        expected = (session, changed) if isinstance(changed, User) else (changed, user)

        async def is_seen() -> bool:
            return await here.directory.find(session.id) == expected

        await eventually(is_seen)


async def test_that_a_browser_came_by_elsewhere_is_heard_of(database_url: str) -> None:
    async with an_instance(database_url) as here, an_instance(database_url) as elsewhere:
        _, user = await here.remembered_session()
        async with elsewhere.unit_of_work() as uow:
            session = replace(a_session(await uow.sessions.next_id(), user), kind=SessionKind.BROWSER)
            uow.sessions.add(session)
            await uow.commit()
        await eventually_remembers(here.directory, session)
        used = await save_session(elsewhere.unit_of_work, session.note_use(at=NOON + USE_NOTED_AFTER))

        async def is_seen() -> bool:
            return await here.directory.find(session.id) == (used, user)

        await eventually(is_seen)


async def test_sessions_that_another_instance_shuts_out_are_seen_ended_soon(database_url: str) -> None:
    async with an_instance(database_url) as here, an_instance(database_url) as elsewhere:
        mine, user = await here.remembered_session()
        others = [(await here.remembered_session(user))[0] for _ in range(3)]
        async with elsewhere.unit_of_work() as uow:
            uow.sessions.revoke_others(user.id, but=mine.id, at=NOON)
            await uow.commit()

        async def are_seen() -> bool:
            found = [await here.directory.find(session.id) for session in others]
            return found == [(session.revoke(at=NOON), user) for session in others]

        await eventually(are_seen)
        assert await here.directory.find(mine.id) == (mine, user)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sessions SET revoked_at = now(), version = version + 1",
        "UPDATE sessions SET expires_at = created_at",
        "UPDATE users SET is_active = false",
        "DELETE FROM sessions",
        "TRUNCATE sessions",
    ],
)
async def test_what_an_operator_changes_by_hand_is_seen_soon(statement: str, database_url: str) -> None:
    async with an_instance(database_url) as instance:
        session, user = await instance.remembered_session()
        by_hand(database_url, statement)

        async def is_seen() -> bool:
            return await instance.directory.find(session.id) != (session, user)

        await eventually(is_seen)


@pytest.mark.parametrize(
    "news", ["", "everything", "user", "user x", "user 1 2", "session " + "9" * 5000, "USER 1", "\N{SNOWMAN}"]
)
async def test_news_that_nobody_understands_makes_an_instance_forget_everything_and_listen_on(
    news: str, database_url: str
) -> None:
    async with an_instance(database_url) as instance:
        session, _ = await instance.remembered_session()
        by_hand(database_url, f"NOTIFY satchel_sessions, '{news}'")

        async def is_forgotten() -> bool:
            return not await remembers(instance.directory, session)

        await eventually(is_forgotten)
        await eventually_remembers(instance.directory, session)


async def test_what_an_instance_commits_itself_it_sees_at_once_although_no_news_arrives(
    database_url: str, relay: tuple[Relay, str]
) -> None:
    line, news_url = relay
    async with an_instance(database_url, news_url=news_url) as instance:
        mine, user = await instance.remembered_session()
        other, _ = await instance.remembered_session(user)
        ended, _ = await instance.remembered_session(user)
        line.freeze()
        revoked = await save_session(instance.unit_of_work, ended.revoke(at=NOON))
        assert await instance.directory.find(ended.id) == (revoked, user)
        async with instance.unit_of_work() as uow:
            uow.sessions.revoke_others(user.id, but=mine.id, at=NOON)
            await uow.commit()
        assert await instance.directory.find(mine.id) == (mine, user)
        assert await instance.directory.find(other.id) == (other.revoke(at=NOON), user)
        deleted = await save_user(instance.unit_of_work, user.delete(at=NOON))
        assert await instance.directory.find(mine.id) == (mine, deleted)


async def test_a_commit_of_which_nobody_knows_whether_it_was_made_is_looked_up(
    database_url: str, relay: tuple[Relay, str]
) -> None:
    broken, url = relay
    quiet = Relay(database_url)
    async with quiet.serving() as news_url, an_instance(url, news_url=news_url) as instance:
        session, user = await instance.remembered_session()
        quiet.freeze()
        broken.lose_answer_to = b"UPDATE sessions"
        with pytest.raises(Exception, match="database"):
            await save_session(instance.unit_of_work, session.revoke(at=NOON))
        await eventually(lambda: _is_revoked(database_url))
        assert await instance.directory.find(session.id) == (session.revoke(at=NOON), user)


async def _is_revoked(url: str) -> bool:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        found = await connection.execute("SELECT revoked_at IS NOT NULL FROM sessions")
        return await found.fetchall() == [(True,)]
