"""What the HTTP surface owes an auditor and no single feature shows. Needs the fixture `service`."""

from datetime import timedelta

import pytest

from adapters.clock.fixed import FixedClock
from tests.contracts.http_accounts import SIGN_IN, SIGN_UP, is_in
from tests.contracts.http_service import PASSWORD, Person, Service, document, items, problem
from tests.contracts.http_sessions import SESSIONS

TEN_YEARS = timedelta(days=3653)


@pytest.mark.anyio
class CredentialsContract:
    """What a password is worth, and what a token that comes along with it is not."""

    async def test_a_password_counts_exactly_as_it_was_typed(self, service: Service) -> None:
        password = " Correct Horse  Battery Staple "
        newcomer = {"username": "rosalind", "password": password}
        assert (await service.http.post(SIGN_UP, json=newcomer)).status_code == 201
        near_misses = {
            password.strip(),
            password.lower(),
            password.upper(),
            password.replace("  ", " "),
            password[:-1],
            f"{password} ",
        }
        for near_miss in near_misses:
            refused = await service.http.post(SIGN_IN, json={**newcomer, "password": near_miss})
            problem(refused, 401, "unauthenticated")
        assert (await service.http.post(SIGN_IN, json=newcomer)).status_code == 200

    async def test_a_password_does_not_wear_out(self, service: Service) -> None:
        await service.joins("grete")
        service.put(FixedClock(service.container.clock().now() + TEN_YEARS), service.container.clock)
        try:
            assert await is_in(await service.signs_in("grete"))
        finally:
            service.container.clock.reset_last_overriding()

    async def test_signing_in_begins_a_new_session_whatever_token_comes_along(self, service: Service) -> None:
        maria, mallory = await service.joins("maria"), await service.joins("mallory")
        for stranger in (maria, mallory):
            response = await stranger.http.post(SIGN_IN, json={"username": "maria", "password": PASSWORD})
            signed_in = service.person(document(response))
            assert signed_in.id == maria.id
            assert signed_in.access_token != stranger.access_token
            assert (await _session(signed_in)) not in {await _session(maria), await _session(mallory)}
        assert len(items(await maria.http.get(SESSIONS))) == 3
        assert len(items(await mallory.http.get(SESSIONS))) == 1


@pytest.mark.anyio
class OneDoorContract:
    """The path of older clients leads to the same door, with the same guard."""

    variables = {"RATE_LIMIT_SIGN_IN_FAILURES": "2"}  # noqa: RUF012  # read by the fixture, never written

    async def test_failures_count_together_under_either_prefix(self, service: Service) -> None:
        wrong = {"username": "nobody", "password": "not the password"}
        paths = (SIGN_IN.replace("/v1", ""), SIGN_IN)
        for path in paths:
            problem(await service.http.post(path, json=wrong), 401, "unauthenticated")
        for path in paths:
            problem(await service.http.post(path, json=wrong), 429, "too-many-requests")


async def _session(person: Person) -> int:
    listed = items(await person.http.get(SESSIONS))
    (current,) = [int(session["id"]) for session in listed if session["current"]]
    return current
