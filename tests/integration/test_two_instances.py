"""Two instances on one PostgreSQL, whose clocks differ by a minute: for those outside they are one service."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import uuid4

import httpx
import pytest

from adapters.clock.fixed import FixedClock
from domain.users import Role
from entrypoints.container import Container
from tests.contracts.http_accounts import ME, SIGN_IN, is_in, refresh
from tests.contracts.http_idempotency import CREATIONS, happened, send, told
from tests.contracts.http_service import (
    API,
    PASSWORD,
    Person,
    Service,
    client,
    document,
    problem,
    serving,
    variables_of,
)
from tests.contracts.http_users import USERS
from tests.contracts.http_wiring import put
from tests.contracts.web_browser import at_a_browser, csrf_of, signed_in
from tests.integration.postgresql import Server, new_database
from tests.integration.session_instances import eventually

pytestmark = pytest.mark.anyio

NEW_PASSWORD = "another good password"
END_OTHERS = "/account/sessions/end-others"
SKEW = timedelta(minutes=1)


class Pair(NamedTuple):
    """Two instances: the second one's clock is ahead."""

    first: Service
    second: Service


@pytest.fixture(scope="class")
async def pair(
    request: pytest.FixtureRequest,
    anyio_backend: str,
    postgresql: Server,
    _template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncGenerator[Pair]:
    """Two instances on a database of their own."""
    now = datetime.now(UTC)

    def with_clock(at: datetime) -> Callable[[Container], None]:
        return lambda container: put(FixedClock(at), container.clock)

    with new_database(postgresql, template=_template) as url:
        variables = {"DATABASE_URL": url, **variables_of(request)}
        async with AsyncExitStack() as stack:
            services = [
                await stack.enter_async_context(
                    serving(tmp_path_factory.mktemp("satchel"), variables, prepare=with_clock(at))
                )
                for at in (now, now + SKEW)
            ]
            yield Pair(*services)


@pytest.fixture(scope="class")
async def root(pair: Pair, anyio_backend: str) -> Person:
    """An admin, signed in at the first instance."""
    return await pair.first.joins("root", Role.ADMIN)


def at(service: Service, person: Person) -> Person:
    """Return the person with the same tokens, as they come to another instance."""
    headers = {"Authorization": f"Bearer {person.access_token}"}
    return Person(
        person.id, person.username, person.access_token, person.refresh_token, client(service.app, headers=headers)
    )


class TestOneService:
    """What is done at one instance holds at the other."""

    async def test_a_token_of_either_counts_at_both(self, pair: Pair) -> None:
        for issuer in pair:
            person = await issuer.joins(f"traveller-{id(issuer)}")
            for service in pair:
                assert await is_in(at(service, person))

    async def test_whoever_signs_out_at_one_is_out_at_the_other(self, pair: Pair) -> None:
        person = await pair.first.joins("leaver")
        there = at(pair.second, person)
        assert await is_in(there)
        await person.http.post(f"{API}/auth/logout")
        assert not await is_in(person)
        problem(await refresh(pair.second, person.refresh_token), 401, "unauthenticated")

        async def is_out() -> bool:
            return not await is_in(there)

        await eventually(is_out)

    async def test_whoever_ends_their_other_sessions_at_one_has_none_at_the_other(self, pair: Pair) -> None:
        here, there = await signed_in(pair.first, "wanderer"), at_a_browser(pair.second)
        await there.signs_in("wanderer")
        program = await pair.second.signs_in("wanderer")
        assert await there.is_in()
        assert await is_in(program)
        assert (await here.sends(END_OTHERS, form_at="/account")).status_code == 303
        problem(await refresh(pair.second, program.refresh_token), 401, "unauthenticated")

        async def are_out() -> bool:
            return not await there.is_in() and not await is_in(program)

        await eventually(are_out)
        assert await here.is_in()

    @pytest.mark.parametrize(
        "change",
        [{"role": "employee"}, {"isApproved": False}, {"isActive": False}],
        ids=str,
    )
    async def test_whoever_loses_rights_at_one_has_none_at_the_other(
        self, pair: Pair, root: Person, change: dict[str, object]
    ) -> None:
        person = await pair.second.joins(f"loser-{next(iter(change))}", Role.MANAGER)
        assert await is_in(person)
        assert (await root.http.patch(f"{USERS}/{person.id}", json=change)).is_success
        problem(await refresh(pair.second, person.refresh_token), 401, "unauthenticated")

        async def is_out() -> bool:
            return not await is_in(person)

        await eventually(is_out)
        restored = {"role": "manager", "isApproved": True, "isActive": True}
        assert (await root.http.patch(f"{USERS}/{person.id}", json=restored)).is_success
        assert not await is_in(person)

    async def test_a_promotion_at_one_counts_at_the_other(self, pair: Pair, root: Person) -> None:
        person = await pair.second.joins("riser")
        await root.http.patch(f"{USERS}/{person.id}", json={"role": "manager"})

        async def is_manager() -> bool:
            role: str = document(await person.http.get(ME))["role"]
            return role == "manager"

        await eventually(is_manager)

    async def test_of_simultaneous_refreshes_at_both_one_wins(self, pair: Pair) -> None:
        person = await pair.first.joins("twin")
        responses = await asyncio.gather(
            *(refresh(service, person.refresh_token) for service in pair for _ in range(10))
        )
        assert Counter(response.status_code for response in responses) == {200: 1, 401: 19}

    async def test_a_replay_at_one_ends_the_session_at_the_other(self, pair: Pair) -> None:
        person = await pair.first.joins("victim")
        renewed = pair.first.person(document(await refresh(pair.first, person.refresh_token)))
        there = at(pair.second, renewed)
        assert await is_in(there)
        problem(await refresh(pair.second, person.refresh_token), 401, "unauthenticated")
        assert not await is_in(there)
        problem(await refresh(pair.first, renewed.refresh_token), 401, "unauthenticated")

    async def test_two_admins_at_two_instances_do_not_demote_each_other(self, pair: Pair, root: Person) -> None:
        for number in range(5):
            other = await pair.second.joins(f"admin-{number}", Role.ADMIN)
            mine, theirs = await asyncio.gather(
                root.http.patch(f"{USERS}/{other.id}", json={"role": "employee"}),
                other.http.patch(f"{USERS}/{root.id}", json={"role": "employee"}),
            )
            assert sorted((mine.is_success, theirs.is_success)) == [False, True]
            if theirs.is_success:
                # Root has to come back to set the next scene.
                async with client(pair.second.app, headers=other.http.headers) as http:
                    assert (await http.patch(f"{USERS}/{root.id}", json={"role": "admin"})).is_success
                again = await pair.first.signs_in("root")
                assert (await again.http.patch(f"{USERS}/{other.id}", json={"role": "employee"})).is_success
                root.http.headers["Authorization"] = again.http.headers["Authorization"]


class TestThrottledTogether:
    """Failures at one instance count at the other."""

    variables = {"RATE_LIMIT_SIGN_IN_FAILURES": "10"}  # noqa: RUF012  # read by the fixture, never written

    async def test_ten_failures_are_ten_wherever_they_happen(self, pair: Pair) -> None:
        wrong = {"username": "guessed", "password": "wrong password"}
        responses = await asyncio.gather(
            *(service.http.post(SIGN_IN, json=wrong) for service in pair for _ in range(15))
        )
        assert Counter(response.status_code for response in responses) == {401: 10, 429: 20}


Revocation = Callable[[Pair, Person, Person], Awaitable[httpx.Response]]

REVOCATIONS: dict[str, Revocation] = {
    "sign-out": lambda pair, root, person: person.http.post(f"{API}/auth/logout"),
    "deactivation": lambda pair, root, person: root.http.patch(f"{USERS}/{person.id}", json={"isActive": False}),
    "demotion": lambda pair, root, person: root.http.patch(f"{USERS}/{person.id}", json={"role": "employee"}),
    "deletion": lambda pair, root, person: root.http.delete(f"{USERS}/{person.id}"),
}


async def nothing_is_left(pair: Pair, holder: Person, refreshed: httpx.Response) -> None:
    """Make sure that neither the tokens that someone had are worth anything nor those that a refresh gave out."""
    holders = [holder]
    if refreshed.status_code == 200:
        holders.append(pair.second.person(document(refreshed)))
    for each in holders:
        assert not await is_in(at(pair.first, each))
        problem(await refresh(pair.second, each.refresh_token), 401, "unauthenticated")
        there = at(pair.second, each)

        async def is_out(there: Person = there) -> bool:
            return not await is_in(there)

        await eventually(is_out)


class TestRefreshAgainstRevocation:
    """Once a revocation is answered, nothing works, also not what a refresh at that very moment gave out."""

    @pytest.mark.parametrize("revoke", REVOCATIONS.values(), ids=REVOCATIONS)
    async def test_fifty_times(self, pair: Pair, root: Person, revoke: Revocation) -> None:
        outcomes = Counter[int]()
        for number in range(50):
            person = await pair.first.joins(f"{number}.{id(revoke)}", Role.MANAGER)
            revoked, refreshed = await asyncio.gather(
                revoke(pair, root, person), refresh(pair.second, person.refresh_token)
            )
            assert revoked.is_success
            outcomes[refreshed.status_code] += 1
            await nothing_is_left(pair, person, refreshed)
        assert set(outcomes) <= {200, 401}

    async def test_a_password_change_leaves_no_other_session(self, pair: Pair, root: Person) -> None:
        for number in range(50):
            mine = await pair.first.joins(f"changing-{number}")
            other = await pair.second.signs_in(mine.username)
            passwords = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
            changed, refreshed = await asyncio.gather(
                mine.http.post(f"{API}/auth/password", json=passwords), refresh(pair.second, other.refresh_token)
            )
            assert changed.status_code == 204
            assert await is_in(mine)
            await nothing_is_left(pair, other, refreshed)

    async def test_ending_ones_other_sessions_leaves_none(self, pair: Pair) -> None:
        for number in range(50):
            mine = await signed_in(pair.first, f"ending-{number}")
            other = await pair.second.signs_in(f"ending-{number}")
            token = csrf_of(await mine.opens("/account"))
            ended, refreshed = await asyncio.gather(
                mine.http.post(END_OTHERS, data={"csrf": token}), refresh(pair.second, other.refresh_token)
            )
            assert ended.status_code == 303
            assert await mine.is_in()
            await nothing_is_left(pair, other, refreshed)


class TestCarriedOutOnce:
    """A request that comes to both at once, under one key, is carried out by one of them."""

    @pytest.mark.parametrize("name", ["task", "sign-up", "import"])
    async def test_one_makes_it_and_both_give_its_answer(self, pair: Pair, root: Person, name: str) -> None:
        creation = CREATIONS[name]
        people = (root, at(pair.second, root))
        for _ in range(5):
            body, key = creation.body(), str(uuid4())
            before = await happened(root)
            answers = await asyncio.gather(*(send(people[n % 2], creation.path, body, key) for n in range(10)))
            given = [answer for answer in answers if answer.is_success]
            assert sum("idempotent-replayed" not in answer.headers for answer in given) == 1
            assert all(told(answer) == told(given[0]) for answer in given)
            for answer in answers:
                if answer not in given:
                    problem(answer, 409, "in-flight")
            single = await happened(root) - before
            await send(root, creation.path, creation.body(), str(uuid4()))
            assert await happened(root) - before == 2 * single
