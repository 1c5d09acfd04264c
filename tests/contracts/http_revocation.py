"""What the HTTP surface owes when someone's standing changes. Needs the fixtures `service` and `root`."""

import itertools
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass
from typing import Any, Literal

import httpx
import pytest

from adapters.clock.fixed import FixedClock
from domain.users import Role
from tests.contracts.http_accounts import ME, SIGN_IN, SIGN_OUT, is_in, refresh
from tests.contracts.http_service import PASSWORD, TASKS, Person, Service, document, items, problem
from tests.contracts.http_sessions import CHANGE, NEW_PASSWORD, SESSIONS
from tests.contracts.http_users import USERS

NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Act:
    """Something done to an account: a method, what follows `/users/{id}`, and a body."""

    method: Literal["PATCH", "POST", "DELETE"]
    path: str = ""
    body: dict[str, Any] | None = None

    async def done_to(self, person: Person, by: Person) -> None:
        """Have it done, and fail unless it was."""
        response = await by.http.request(self.method, f"{USERS}/{person.id}{self.path}", json=self.body)
        assert response.status_code in {200, 204}, response.text


SHUT_OUT = [
    pytest.param(
        Act("PATCH", body={"isActive": False}),
        Act("PATCH", body={"isActive": True}),
        id="deactivated, reactivated",
    ),
    pytest.param(
        Act("PATCH", body={"isApproved": False}), Act("PATCH", body={"isApproved": True}), id="approval withdrawn"
    ),
    pytest.param(Act("POST", "/reject", {"reason": "left"}), Act("POST", "/approve"), id="rejected, approved"),
    pytest.param(Act("DELETE"), Act("POST", "/restore"), id="deleted, restored"),
]
DEMOTED = [
    pytest.param(Act("PATCH", body={"role": "employee"}), Act("PATCH", body={"role": "manager"}), id="demoted"),
]
RAISED = [
    pytest.param(Act("PATCH", body={"role": "admin"}), id="promoted"),
    pytest.param(Act("PATCH", body={"role": "manager"}), id="given the same role"),
    pytest.param(Act("POST", "/approve"), id="approved again"),
    pytest.param(Act("POST", "/restore"), id="restored undeleted"),
]


SHUT_OUT_ACTS = [
    Act("PATCH", body={"isActive": False}),
    Act("PATCH", body={"isApproved": False}),
    Act("PATCH", body={"role": "employee"}),
    Act("POST", "/reject"),
    Act("DELETE"),
]


async def check_dead(service: Service, *sessions: Person) -> None:
    """Fail unless neither token of these sessions opens anything."""
    for session in sessions:
        refused = await session.http.get(ME)
        problem(refused, 401, "unauthenticated")
        assert 'error="invalid_token"' in refused.headers["www-authenticate"]
        problem(await refresh(service, session.refresh_token), 401, "unauthenticated")


@pytest.mark.anyio
class RevocationContract:
    """Tokens die with what they stood for, within the very second, and never come back to life."""

    @pytest.fixture(autouse=True)
    def one_instant(self, service: Service, root: Person) -> Generator[None]:
        """Everything happens in one instant, so that no time of issue tells the tokens before from those after."""
        service.put(FixedClock(service.container.clock().now()), service.container.clock)
        yield
        service.container.clock.reset_last_overriding()

    @pytest.fixture
    async def sessions(self, service: Service, anyio_backend: str) -> tuple[Person, Person]:
        """A manager's sessions on two devices."""
        name = f"manager-{next(NUMBERS)}"
        return await service.joins(name, Role.MANAGER), await service.signs_in(name)

    @pytest.mark.parametrize(("act", "undone"), [*SHUT_OUT, *DEMOTED])
    async def test_both_tokens_of_every_session_are_dead_at_the_next_request(
        self, service: Service, root: Person, sessions: tuple[Person, Person], act: Act, undone: Act
    ) -> None:
        phone, laptop = sessions
        assert await is_in(phone)
        assert await is_in(laptop)
        await act.done_to(phone, root)
        await check_dead(service, phone, laptop)
        assert await is_in(root)

    @pytest.mark.parametrize(("act", "undone"), [*SHUT_OUT, *DEMOTED])
    async def test_undoing_it_brings_no_token_back_but_lets_people_sign_in_anew(
        self, service: Service, root: Person, sessions: tuple[Person, Person], act: Act, undone: Act
    ) -> None:
        phone, laptop = sessions
        await act.done_to(phone, root)
        await undone.done_to(phone, root)
        await check_dead(service, phone, laptop)
        again = await service.signs_in(phone.username)
        assert document(await again.http.get(ME))["role"] == "manager"
        assert (await refresh(service, again.refresh_token)).status_code == 200
        await check_dead(service, phone, laptop)

    @pytest.mark.parametrize(("act", "undone"), SHUT_OUT)
    async def test_nobody_signs_in_meanwhile(
        self, service: Service, root: Person, sessions: tuple[Person, Person], act: Act, undone: Act
    ) -> None:
        await act.done_to(sessions[0], root)
        assert (await _sign_in(service, sessions[0].username, PASSWORD)).status_code in {401, 403}

    @pytest.mark.parametrize("act", RAISED)
    async def test_what_takes_nothing_away_ends_nothing(
        self, service: Service, root: Person, sessions: tuple[Person, Person], act: Act
    ) -> None:
        phone, laptop = sessions
        await act.done_to(phone, root)
        assert await is_in(phone)
        assert (await refresh(service, laptop.refresh_token)).status_code == 200

    async def test_a_token_made_before_a_promotion_has_the_new_role_at_once(
        self, service: Service, root: Person, sessions: tuple[Person, Person]
    ) -> None:
        phone, _ = sessions
        assert (await phone.http.get(f"{USERS}?status=pending")).status_code == 403
        await Act("PATCH", body={"role": "admin"}).done_to(phone, root)
        assert (await phone.http.get(f"{USERS}?status=pending")).status_code == 200

    async def test_whoever_deletes_their_own_account_is_out_at_once(
        self, service: Service, root: Person, sessions: tuple[Person, Person]
    ) -> None:
        phone, laptop = sessions
        await Act("DELETE").done_to(phone, phone)
        await check_dead(service, phone, laptop)
        await Act("POST", "/restore").done_to(phone, root)
        await check_dead(service, phone, laptop)

    async def test_signing_out_ends_both_tokens_of_that_session_alone(
        self, service: Service, sessions: tuple[Person, Person]
    ) -> None:
        phone, laptop = sessions
        assert (await phone.http.post(SIGN_OUT)).status_code == 204
        await check_dead(service, phone)
        assert await is_in(laptop)
        assert (await refresh(service, laptop.refresh_token)).status_code == 200

    async def test_an_ended_session_on_the_list_is_dead_with_both_tokens(
        self, service: Service, sessions: tuple[Person, Person]
    ) -> None:
        phone, laptop = sessions
        listed = (await laptop.http.get(SESSIONS)).json()
        (lost,) = [each["id"] for each in listed if not each["current"]]
        assert (await laptop.http.delete(f"{SESSIONS}/{lost}")).status_code == 204
        await check_dead(service, phone)
        assert await is_in(laptop)

    async def test_a_new_password_ends_every_other_session_and_spares_those_that_begin_in_the_same_second(
        self, service: Service, sessions: tuple[Person, Person]
    ) -> None:
        phone, laptop = sessions
        change = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
        assert (await laptop.http.post(CHANGE, json=change)).status_code == 204
        await check_dead(service, phone)
        assert await is_in(laptop)
        signed_in = await _sign_in(service, phone.username, NEW_PASSWORD)
        assert await is_in(service.person(document(signed_in)))
        problem(await _sign_in(service, phone.username, PASSWORD), 401, "unauthenticated")
        await check_dead(service, phone)

    async def test_tokens_from_before_a_refresh_are_worth_no_more_than_those_after(
        self, service: Service, root: Person, sessions: tuple[Person, Person]
    ) -> None:
        phone, laptop = sessions
        renewed = service.person(document(await refresh(service, phone.refresh_token)))
        assert await is_in(phone)
        assert await is_in(renewed)
        await Act("PATCH", body={"isActive": False}).done_to(phone, root)
        for each in (phone, renewed, laptop):
            assert not await is_in(each)
        problem(await refresh(service, renewed.refresh_token), 401, "unauthenticated")

    @pytest.mark.parametrize("body", [b'{"title": ', b""], ids=["half of the body", "nothing of the body"])
    @pytest.mark.parametrize("act", [*SHUT_OUT_ACTS, None], ids=str)
    async def test_who_is_signed_out_while_sending_a_body_does_nothing_with_it(
        self, service: Service, root: Person, act: Act | None, body: bytes
    ) -> None:
        person = await service.joins(f"slow-{next(NUMBERS)}", Role.MANAGER)
        whole = b'{"title": "Written after the end"}'

        async def slowly() -> AsyncGenerator[bytes]:
            if body:
                yield whole[: len(body)]
            if act is None:
                assert (await person.http.post(SIGN_OUT)).status_code == 204
            else:
                await act.done_to(person, by=root)
            yield whole[len(body) :]

        response = await person.http.post(TASKS, content=slowly(), headers={"Content-Type": "application/json"})
        problem(response, 401, "unauthenticated")
        assert items(await root.http.get(f"{TASKS}?q=written+after+the+end")) == []


async def _sign_in(service: Service, username: str, password: str) -> httpx.Response:
    return await service.http.post(SIGN_IN, json={"username": username, "password": password})
