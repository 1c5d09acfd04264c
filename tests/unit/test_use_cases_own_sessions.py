"""What people can do with their own sessions and password."""

from dataclasses import replace

import pytest

from application.auth import Identity
from domain.errors import Invalid, NotFound, Unauthenticated
from tests.contracts.sample import MINUTE, race
from tests.unit.sample import PASSWORD, UNKNOWN_IDS, Team, tokens_of

pytestmark = pytest.mark.anyio
NEW_PASSWORD = "staple battery horse correct"


@pytest.fixture
def team() -> Team:
    return Team()


async def identity_of(team: Team, username: str = "ada") -> Identity:
    signed_in = await team.sign_in(username=username, password=PASSWORD)
    return await team.authenticate(access_token=tokens_of(signed_in).access_token)


class TestOwnSessions:
    """Everyone sees and ends their own sessions, and no one else's."""

    async def test_the_last_used_comes_first(self, team: Team) -> None:
        first = await team.sign_up(username="ada", password=PASSWORD, user_agent="phone")
        team.clock.advance(MINUTE)
        second = await identity_of(team)
        team.clock.advance(MINUTE)
        await team.refresh(refresh_token=tokens_of(first).refresh_token)
        assert [each.user_agent for each in await team.list_sessions(second)] == ["phone", None]

    async def test_an_ended_session_is_out_and_off_the_list(self, team: Team) -> None:
        phone = await team.sign_up(username="ada", password=PASSWORD)
        laptop = await identity_of(team)
        lost = (await team.authenticate(access_token=tokens_of(phone).access_token)).session
        await team.end_session(laptop, session_id=lost.id)
        assert not await team.lets_in(phone)
        assert not await team.can_refresh(phone)
        assert await team.list_sessions(laptop) == (laptop.session,)

    async def test_an_ended_unknown_or_foreign_session_is_not_found(self, team: Team) -> None:
        await team.sign_up(username="ada", password=PASSWORD)
        await team.sign_up(username="grace", password=PASSWORD)
        ada, grace, gone = await identity_of(team), await identity_of(team, "grace"), await identity_of(team)
        await team.end_session(ada, session_id=gone.session.id)
        for session_id in (grace.session.id, gone.session.id, *UNKNOWN_IDS):
            with pytest.raises(NotFound):
                await team.end_session(ada, session_id=session_id)
        assert await team.list_sessions(grace)

    async def test_all_others_end_of_programs_and_browsers_alike_and_nobody_elses(self, team: Team) -> None:
        phone = await team.sign_up(username="ada", password=PASSWORD)
        browser = (await team.sign_in_browser(username="ada", password=PASSWORD)).credentials
        grace = await team.sign_up(username="grace", password=PASSWORD)
        this = await team.sign_in(username="ada", password=PASSWORD)
        ada = await team.authenticate(access_token=tokens_of(this).access_token)
        await team.end_other_sessions(ada)
        assert not await team.lets_in(phone)
        assert not await team.can_refresh(phone)
        assert browser is not None
        with pytest.raises(Unauthenticated):
            await team.authenticate_browser(browser)
        assert await team.list_sessions(ada) == (ada.session,)
        for kept in (this, grace):
            assert await team.lets_in(kept)
            assert await team.can_refresh(kept)

    async def test_where_there_are_no_others_nothing_ends(self, team: Team) -> None:
        await team.sign_up(username="ada", password=PASSWORD)
        ada = await identity_of(team)
        for _ in range(2):
            await team.end_other_sessions(ada)
        assert await team.list_sessions(ada) == (ada.session,)

    async def test_a_session_that_ended_meanwhile_ends_no_others(self, team: Team) -> None:
        await team.sign_up(username="ada", password=PASSWORD)
        lost, kept = await identity_of(team), await identity_of(team)
        await team.end_other_sessions(kept)
        with pytest.raises(Unauthenticated):
            await team.end_other_sessions(lost)
        assert await team.list_sessions(kept) == (kept.session,)

    async def test_a_session_that_is_over_by_its_age_ends_no_others(self, team: Team) -> None:
        await team.sign_up(username="ada", password=PASSWORD)
        old = await identity_of(team)
        team.clock.advance(old.session.expires_at - team.clock.now() - MINUTE)
        young = await identity_of(team)
        team.clock.advance(MINUTE)
        with pytest.raises(Unauthenticated):
            await team.end_other_sessions(old)
        assert await team.list_sessions(young) == (young.session,)


class TestChangePassword:
    """Whoever knows the password may change it, and shuts everyone else out by that."""

    async def test_only_the_new_password_counts_from_then_on(self, team: Team) -> None:
        await team.sign_up(username="ada", password=PASSWORD)
        ada = await identity_of(team)
        await team.change_password(ada, current_password=PASSWORD, new_password=NEW_PASSWORD)
        with pytest.raises(Unauthenticated):
            await team.sign_in(username="ada", password=PASSWORD)
        assert (await team.sign_in(username="ada", password=NEW_PASSWORD)).user.version == ada.user.version + 1

    async def test_this_session_stays_and_every_other_ends(self, team: Team) -> None:
        others = [await team.sign_up(username="ada", password=PASSWORD)]
        others += [await team.sign_in(username="ada", password=PASSWORD) for _ in range(3)]
        this = await team.sign_in(username="ada", password=PASSWORD)
        ada = await team.authenticate(access_token=tokens_of(this).access_token)
        await team.change_password(ada, current_password=PASSWORD, new_password=NEW_PASSWORD)
        assert await team.lets_in(this)
        assert await team.can_refresh(this)
        for other in others:
            assert not await team.lets_in(other)
            assert not await team.can_refresh(other)

    async def test_a_wrong_current_password_changes_nothing(self, team: Team) -> None:
        await team.sign_up(username="ada", password=PASSWORD)
        ada = await identity_of(team)
        with pytest.raises(Invalid) as refusal:
            await team.change_password(ada, current_password="not it at all", new_password=NEW_PASSWORD)
        assert [fault.field for fault in refusal.value.faults] == ["currentPassword"]
        assert (await team.sign_in(username="ada", password=PASSWORD)).user == ada.user

    async def test_a_bad_new_password_is_refused_by_name(self, team: Team) -> None:
        await team.sign_up(username="ada", password=PASSWORD)
        ada = await identity_of(team)
        with pytest.raises(Invalid) as refusal:
            await team.change_password(ada, current_password=PASSWORD, new_password="short")
        assert [fault.field for fault in refusal.value.faults] == ["newPassword"]

    async def test_of_two_changes_at_the_same_moment_one_counts(self, team: Team) -> None:
        await team.sign_up(username="ada", password=PASSWORD)
        ada, also_ada = await identity_of(team), await identity_of(team)
        winners, losers = await race(
            team.change_password(each, current_password=PASSWORD, new_password=f"{NEW_PASSWORD} {number}")
            for number, each in enumerate((ada, also_ada))
        )
        assert (len(winners), len(losers)) == (1, 1)

    async def test_a_change_of_something_else_at_the_same_moment_is_kept(self, team: Team) -> None:
        await team.sign_up(username="ada", password=PASSWORD)
        ada = await identity_of(team)
        async with team.units_of_work() as uow:
            uow.users.save(replace(ada.user, email="ada@example.org", version=ada.user.version + 1))
            await uow.commit()
        await team.change_password(ada, current_password=PASSWORD, new_password=NEW_PASSWORD)
        assert (await team.sign_in(username="ada", password=NEW_PASSWORD)).user.email == "ada@example.org"

    async def test_no_sign_in_with_the_old_password_slips_past_the_change(self, team: Team) -> None:
        await team.sign_up(username="ada", password=PASSWORD)
        ada = await identity_of(team)

        async def change() -> None:
            await team.change_password(ada, current_password=PASSWORD, new_password=NEW_PASSWORD)

        async def sign_in() -> None:
            await team.sign_in(username="ada", password=PASSWORD)

        await race([*(sign_in() for _ in range(5)), change()])
        assert await team.list_sessions(ada) == (ada.session,)


class TestSetPassword:
    """The operator gives a new password to someone who lost theirs."""

    async def test_it_counts_and_every_session_ends(self, team: Team) -> None:
        before = await team.sign_up(username="ada", password=PASSWORD)
        await team.set_password(user_id=before.user.id, password=NEW_PASSWORD)
        assert not await team.lets_in(before)
        assert not await team.can_refresh(before)
        assert await team.lets_in(await team.sign_in(username="ada", password=NEW_PASSWORD))
        with pytest.raises(Unauthenticated):
            await team.sign_in(username="ada", password=PASSWORD)

    async def test_whoever_had_to_wait_after_failing_too_often_need_not_any_longer(self, team: Team) -> None:
        ada = await team.has("ada", email="ada@example.org")
        names: tuple[dict[str, str], ...] = ({"username": "ada"}, {"email": "ada@example.org"})
        for name in names:
            for number in range(10):
                with pytest.raises(Unauthenticated):
                    await team.sign_in(password="wrong", address=f"203.0.113.{number}", **name)
        await team.set_password(user_id=ada.id, password=NEW_PASSWORD)
        for name in names:
            await team.sign_in(password=NEW_PASSWORD, address="192.0.2.1", **name)

    async def test_an_unknown_or_deleted_account_is_not_found(self, team: Team) -> None:
        ada = await team.becomes(await team.has("ada"), is_deleted=True)
        for user_id in (ada.id, *UNKNOWN_IDS):
            with pytest.raises(NotFound):
                await team.set_password(user_id=user_id, password=NEW_PASSWORD)

    async def test_a_short_password_is_refused(self, team: Team) -> None:
        ada = await team.has("ada")
        with pytest.raises(Invalid):
            await team.set_password(user_id=ada.id, password="short")
