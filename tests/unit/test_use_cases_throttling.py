"""How often a password may be guessed, at the door and by someone who found a session open."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from adapters.argon2.passwords import Argon2PasswordHasher
from adapters.memory.throttle import InMemoryThrottle
from application.auth import Identity, SignedIn
from application.ports.tokens import IssuedTokens
from domain.errors import (
    AccountDisabled,
    ApprovalPending,
    DomainError,
    Invalid,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from tests.contracts.sample import race
from tests.unit.sample import ALLOWANCE, CHEAP, OTHERWISE_CHEAP, PASSWORD, Team, tokens_of

pytestmark = pytest.mark.anyio

WRONG = "not the password"
NEW_PASSWORD = "staple battery horse correct"
HOME, CAFE = "192.0.2.1", "198.51.100.1"


class StrictHasher(Argon2PasswordHasher):
    """Looks at no password."""

    async def verify(self, password_hash: str | None, password: str) -> bool:
        raise AssertionError("no password was to be looked at")


class AbsentHasher(Argon2PasswordHasher):
    """Has no room for anyone."""

    async def verify(self, password_hash: str | None, password: str) -> bool:
        raise Unavailable("Too many at once.")


class EndlessHasher(Argon2PasswordHasher):
    """Tells by `begun` that it has begun, and comes to an end when it is told that the password is right."""

    def __init__(self) -> None:
        super().__init__(memory_kib=8, time_cost=1)
        self.begun = asyncio.Event()
        self.is_right = asyncio.Event()

    async def verify(self, password_hash: str | None, password: str) -> bool:
        self.begun.set()
        return await self.is_right.wait()


class BrokenThrottle(InMemoryThrottle):
    """Counts, and cannot uncount, as when the store goes away in between."""

    async def give_back(self, key: str) -> None:
        raise Unavailable("The database does not answer.")

    async def clear(self, key: str) -> None:
        raise Unavailable("The database does not answer.")


@pytest.fixture
async def team() -> Team:
    team = Team()
    await team.has("ada", email="ada@example.org")
    return team


async def fails(team: Team, times: int, *, username: str = "ada", address: str | None = None) -> None:
    """Sign in wrongly, from another address each time unless one is given."""
    for number in range(times):
        with pytest.raises(Unauthenticated):
            await team.sign_in(username=username, password=WRONG, address=address or f"203.0.113.{number}")


async def signs_in(team: Team, username: str = "ada", *, address: str = HOME) -> SignedIn[IssuedTokens]:
    return await team.sign_in(username=username, password=PASSWORD, address=address)


async def identity_of(team: Team) -> Identity:
    signed_in = await signs_in(team)
    return await team.authenticate(access_token=tokens_of(signed_in).access_token)


class TestSignIn:
    """Ten failures in fifteen minutes for a name, and ten for an address."""

    async def test_after_ten_failures_for_a_name_the_right_password_has_to_wait_too(self, team: Team) -> None:
        await fails(team, 10)
        team.passwords = StrictHasher()
        for password in (PASSWORD, WRONG):
            with pytest.raises(TooManyRequests) as refused:
                await team.sign_in(username="ADA", password=password, address=HOME)
            assert refused.value.retry_after == 15 * 60

    async def test_unknown_and_deleted_names_are_counted_like_any_other(self, team: Team) -> None:
        await team.becomes(await team.has("bob"), is_deleted=True)
        details: set[str] = set()
        for username in ("ada", "bob", "nobody", "no name\u202e"):
            await fails(team, 10, username=username)
            with pytest.raises(TooManyRequests) as refused:
                await team.sign_in(username=username, password=WRONG, address=HOME)
            details.add(refused.value.detail)
            team.throttle = InMemoryThrottle()
        assert len(details) == 1

    async def test_after_ten_failures_from_an_address_no_name_is_tried_from_there(self, team: Team) -> None:
        for number in range(10):
            await fails(team, 1, username=f"name{number}", address=CAFE)
        with pytest.raises(TooManyRequests):
            await signs_in(team, address=CAFE)
        await signs_in(team, address=HOME)

    async def test_those_without_a_known_address_share_one(self, team: Team) -> None:
        for number in range(10):
            with pytest.raises(Unauthenticated):
                await team.sign_in(username=f"name{number}", password=WRONG)
        with pytest.raises(TooManyRequests):
            await team.sign_in(username="ada", password=PASSWORD)

    async def test_one_comes_in_again_after_the_period(self, team: Team) -> None:
        await fails(team, 10, address=HOME)
        team.clock.advance(ALLOWANCE.period - timedelta(seconds=1))
        with pytest.raises(TooManyRequests) as refused:
            await signs_in(team)
        assert refused.value.retry_after == 1
        team.clock.advance(timedelta(seconds=1))
        await signs_in(team)

    async def test_coming_in_clears_the_failures_of_the_name(self, team: Team) -> None:
        addresses = (f"203.0.113.{number}" for number in range(27))
        for _ in range(3):
            for _ in range(9):
                await fails(team, 1, address=next(addresses))
            await signs_in(team)

    async def test_coming_in_does_not_clear_the_failures_of_the_address(self, team: Team) -> None:
        await team.has("mallory")
        for number in range(10):
            await fails(team, 1, username=f"name{number}", address=CAFE)
            if number < 9:
                await signs_in(team, "mallory", address=CAFE)
        with pytest.raises(TooManyRequests):
            await signs_in(team, "mallory", address=CAFE)

    async def test_coming_in_often_counts_nowhere(self, team: Team) -> None:
        for _ in range(25):
            await signs_in(team)

    async def test_a_right_password_for_who_may_not_enter_counts_nowhere(self, team: Team) -> None:
        await team.becomes(await team.has("waiting"), is_approved=False)
        await team.becomes(await team.has("disabled"), is_active=False)
        for username, refusal in (("waiting", ApprovalPending), ("disabled", AccountDisabled)):
            for _ in range(11):
                with pytest.raises(refusal):
                    await signs_in(team, username)

    async def test_a_password_that_nobody_had_time_to_look_at_counts_nowhere(self, team: Team) -> None:
        team.passwords = AbsentHasher(memory_kib=8, time_cost=1)
        for _ in range(11):
            with pytest.raises(Unavailable):
                await signs_in(team)

    async def test_hanging_up_while_the_password_is_looked_at_counts_nowhere_and_tells_nothing(
        self, team: Team
    ) -> None:
        for number in range(11):
            team.passwords = hasher = EndlessHasher()
            attempt = asyncio.create_task(signs_in(team, address=f"203.0.113.{number}"))
            await hasher.begun.wait()
            attempt.cancel()
            with pytest.raises(asyncio.CancelledError):
                await attempt
        team.passwords = CHEAP
        await signs_in(team)

    async def test_of_many_at_once_who_all_know_their_passwords_nobody_is_kept_out(self, team: Team) -> None:
        people = [await team.has(f"person-{number}") for number in range(30)]
        await fails(team, 9, username="nobody", address=HOME)
        signed_in, refused = await race(signs_in(team, user.username) for user in people)
        assert (len(signed_in), refused) == (30, [])

    async def test_a_right_guess_is_not_told_after_ten_wrong_ones_of_the_same_moment(self, team: Team) -> None:
        team.passwords = hasher = EndlessHasher()
        guess = asyncio.create_task(signs_in(team))
        await hasher.begun.wait()
        team.passwords = CHEAP
        await fails(team, 10)
        hasher.is_right.set()
        with pytest.raises(TooManyRequests):
            await guess

    async def test_being_refused_for_the_name_does_not_count_for_the_address(self, team: Team) -> None:
        await fails(team, 10)
        for _ in range(20):
            with pytest.raises(TooManyRequests):
                await signs_in(team, address=CAFE)
        await fails(team, 10, username="nobody", address=CAFE)

    async def test_of_thirty_wrong_at_once_ten_are_told(self, team: Team) -> None:
        _, refused = await race(
            team.sign_in(username="ada", password=WRONG, address=f"203.0.113.{number}") for number in range(30)
        )
        assert Counter(map(type, refused)) == {Unauthenticated: 10, TooManyRequests: 20}

    async def test_signing_in_while_others_change_the_account_counts_once(self, team: Team) -> None:
        await fails(team, 5)
        team.passwords = OTHERWISE_CHEAP
        await asyncio.gather(*(signs_in(team, address=f"192.0.2.{number}") for number in range(5)))
        await fails(team, 10, address=CAFE)

    async def test_whoever_came_in_is_in_even_if_the_count_cannot_be_cleared(self, team: Team) -> None:
        team.throttle = BrokenThrottle()
        assert await team.lets_in(await signs_in(team))


class TestChangePassword:
    """Whoever found a session open guesses no more often than at the door."""

    async def changes(
        self, team: Team, identity: Identity, current: str, new: str = NEW_PASSWORD
    ) -> type[DomainError]:
        with pytest.raises(DomainError) as refused:
            await team.change_password(identity, current_password=current, new_password=new)
        return refused.type

    async def test_after_ten_wrong_guesses_the_right_one_has_to_wait_too(self, team: Team) -> None:
        identity = await identity_of(team)
        assert {await self.changes(team, identity, WRONG) for _ in range(10)} == {Invalid}
        assert await self.changes(team, identity, PASSWORD) is TooManyRequests
        team.clock.advance(ALLOWANCE.period)
        identity = await identity_of(team)
        await team.change_password(identity, current_password=PASSWORD, new_password=NEW_PASSWORD)

    async def test_guessing_there_keeps_nobody_from_signing_in(self, team: Team) -> None:
        identity = await identity_of(team)
        for _ in range(10):
            await self.changes(team, identity, WRONG)
        await signs_in(team)

    async def test_a_new_password_that_breaks_a_rule_is_no_guess(self, team: Team) -> None:
        identity = await identity_of(team)
        for _ in range(20):
            await self.changes(team, identity, WRONG, new="short")
        await team.change_password(identity, current_password=PASSWORD, new_password=NEW_PASSWORD)

    async def test_a_right_guess_clears_the_wrong_ones(self, team: Team) -> None:
        for current, new in ((PASSWORD, NEW_PASSWORD), (NEW_PASSWORD, PASSWORD)):
            signed_in = await team.sign_in(username="ada", password=current)
            identity = await team.authenticate(access_token=tokens_of(signed_in).access_token)
            for _ in range(9):
                await self.changes(team, identity, WRONG)
            await team.change_password(identity, current_password=current, new_password=new)
