"""Browsers come in by a cookie's secret and stay in; tokens are nothing to them, nor they to tokens."""

from datetime import timedelta

import pytest

from adapters.memory.session_directory import InMemorySessionDirectory
from application.auth import SignedIn
from application.browsers import VISIT_LIFETIME, AuthenticateBrowser, BrowserKey
from application.ports.unit_of_work import UnitOfWork
from domain.errors import Unauthenticated, Unavailable
from domain.sessions import USE_NOTED_AFTER, Session
from tests.contracts.sample import MINUTE, NOON, stored_session
from tests.unit.sample import PASSWORD, Team, tokens_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def team() -> Team:
    """A team with Ada in it."""
    team = Team()
    await team.sign_up(username="ada", password=PASSWORD)
    return team


async def _key(team: Team) -> BrowserKey:
    credentials = (await team.sign_in_browser(username="ada", password=PASSWORD)).credentials
    assert credentials is not None
    return credentials


async def _stored(team: Team, key: BrowserKey) -> Session:
    session = await stored_session(team.units_of_work, key.session_id)
    assert session is not None
    return session


async def test_a_browser_is_who_signed_in_until_its_session_ends(team: Team) -> None:
    key = await _key(team)
    identity = await team.authenticate_browser(key)
    assert (identity.user.username, identity.until) == ("ada", NOON + VISIT_LIFETIME)
    team.clock.advance(VISIT_LIFETIME)
    with pytest.raises(Unauthenticated):
        await team.authenticate_browser(key)


async def test_the_secret_is_new_each_time_long_and_not_kept(team: Team) -> None:
    keys = [await _key(team) for _ in range(3)]
    assert len({key.secret for key in keys}) == 3
    assert all(len(bytes.fromhex(key.secret)) == 32 for key in keys)
    assert keys[0].secret not in repr(await _stored(team, keys[0]))


async def test_another_secret_or_another_session_proves_nothing(team: Team) -> None:
    mine, other = await _key(team), await _key(team)
    fingerprint = (await _stored(team, mine)).secret_fingerprint
    for wrong in (
        BrowserKey(mine.session_id, other.secret),
        BrowserKey(mine.session_id, fingerprint),
        BrowserKey(mine.session_id, ""),
        BrowserKey(999, mine.secret),
        BrowserKey(0, mine.secret),
    ):
        with pytest.raises(Unauthenticated):
            await team.authenticate_browser(wrong)


async def test_genuine_tokens_for_a_browsers_session_are_refused_and_end_nothing(team: Team) -> None:
    key = await _key(team)
    session, user = await _stored(team, key), (await team.authenticate_browser(key)).user
    forged = SignedIn(
        user, team.tokens.issue(user, session_id=session.id, session_expires_at=session.expires_at, at=NOON)
    )
    assert not await team.lets_in(forged)
    assert not await team.can_refresh(forged)
    assert await _stored(team, key) == session


async def test_a_refresh_tokens_identifier_is_no_cookie(team: Team) -> None:
    tokens = tokens_of(await team.sign_in(username="ada", password=PASSWORD))
    session_id = (await team.authenticate(access_token=tokens.access_token)).session.id
    with pytest.raises(Unauthenticated):
        await team.authenticate_browser(BrowserKey(session_id, tokens.refresh_id))


async def test_a_use_is_noted_once_in_a_quarter_of_an_hour(team: Team) -> None:
    key = await _key(team)
    for minute in range(1, 46):
        team.clock.advance(MINUTE)
        await team.authenticate_browser(key)
        noted = minute // 15
        session = await _stored(team, key)
        assert (session.version, session.last_used_at) == (1 + noted, NOON + noted * USE_NOTED_AFTER)


async def test_a_request_that_saw_the_session_alive_does_not_bring_it_back(team: Team) -> None:
    key = await _key(team)
    alive, user = await _stored(team, key), (await team.authenticate_browser(key)).user
    await team.sign_out(await team.authenticate_browser(key))
    ended = await _stored(team, key)

    class Remembering(InMemorySessionDirectory):
        async def find(self, session_id: int) -> tuple[Session, object]:  # type: ignore[override]  # as slow as can be
            return alive, user

    team.clock.advance(timedelta(hours=1))
    slow = AuthenticateBrowser(Remembering(team.store), team.units_of_work, team.clock)
    await slow(key)
    assert await _stored(team, key) == ended


async def test_where_a_use_cannot_be_noted_the_page_is_shown_all_the_same(team: Team) -> None:
    key = await _key(team)
    team.clock.advance(timedelta(hours=1))

    def away() -> UnitOfWork:
        raise Unavailable("The store does not answer.")

    directory = team.store.session_directory
    identity = await AuthenticateBrowser(directory, away, team.clock)(key)
    assert identity.user.username == "ada"
