"""What the HTTP surface owes on one's own sessions and password. Needs the fixture `service`."""

import pytest

from tests.contracts.http_service import API, PASSWORD, Service, document, faults, items, problem

SESSIONS = f"{API}/auth/sessions"
CHANGE = f"{API}/auth/password"
SIGN_IN = f"{API}/auth/login"
NEW_PASSWORD = "staple battery horse correct"


@pytest.mark.anyio
class OwnSessionsContract:
    """Everyone sees and ends their own sessions."""

    async def test_the_list_tells_which_is_this_one(self, service: Service) -> None:
        phone = await service.joins("iris")
        laptop = await service.signs_in("iris")
        listed = items(await laptop.http.get(SESSIONS))
        assert [set(each) for each in listed] == [{"id", "createdAt", "lastUsedAt", "userAgent", "current"}] * 2
        assert [each["current"] for each in listed] == [True, False]
        assert [each["current"] for each in items(await phone.http.get(SESSIONS))] == [False, True]

    async def test_an_ended_session_is_dead_at_once(self, service: Service) -> None:
        phone, laptop = await service.joins("ivan"), await service.signs_in("ivan")
        lost = next(each for each in items(await laptop.http.get(SESSIONS)) if not each["current"])
        assert (await laptop.http.delete(f"{SESSIONS}/{lost['id']}")).status_code == 204
        problem(await phone.http.get(f"{API}/auth/me"), 401, "unauthenticated")
        problem(await laptop.http.delete(f"{SESSIONS}/{lost['id']}"), 404, "not-found")
        assert len(items(await laptop.http.get(SESSIONS))) == 1

    async def test_the_session_one_came_by_can_be_ended_too(self, service: Service) -> None:
        inga = await service.joins("inga")
        (this,) = items(await inga.http.get(SESSIONS))
        assert (await inga.http.delete(f"{SESSIONS}/{this['id']}")).status_code == 204
        problem(await inga.http.get(SESSIONS), 401, "unauthenticated")

    async def test_what_is_no_id_is_no_session(self, service: Service) -> None:
        isa = await service.joins("isa")
        for segment in ("0", "-1", "01", "abc", "9223372036854775808", "%00"):
            problem(await isa.http.delete(f"{SESSIONS}/{segment}"), 404, "not-found")

    async def test_someone_elses_session_is_not_found(self, service: Service) -> None:
        isla, igor = await service.joins("isla"), await service.joins("igor")
        (hers,) = items(await isla.http.get(SESSIONS))
        problem(await igor.http.delete(f"{SESSIONS}/{hers['id']}"), 404, "not-found")
        assert items(await isla.http.get(SESSIONS)) == [hers]


@pytest.mark.anyio
class ChangingPasswordsContract:
    """A new password shuts the others out."""

    async def test_every_other_session_ends_and_this_one_stays(self, service: Service) -> None:
        phone, laptop = await service.joins("olga"), await service.signs_in("olga")
        change = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
        assert (await laptop.http.post(CHANGE, json=change)).status_code == 204
        problem(await phone.http.get(f"{API}/auth/me"), 401, "unauthenticated")
        assert document(await laptop.http.get(f"{API}/auth/me"))["username"] == "olga"
        old = await service.http.post(SIGN_IN, json={"username": "olga", "password": PASSWORD})
        problem(old, 401, "unauthenticated")
        new = await service.http.post(SIGN_IN, json={"username": "olga", "password": NEW_PASSWORD})
        assert new.status_code == 200

    async def test_a_wrong_current_password_is_a_fault_of_that_field(self, service: Service) -> None:
        otto = await service.joins("otto")
        change = {"currentPassword": "not it at all", "newPassword": NEW_PASSWORD}
        assert set(faults(await otto.http.post(CHANGE, json=change))) == {"currentPassword"}

    async def test_every_fault_is_named(self, service: Service) -> None:
        oona = await service.joins("oona")
        refused = await oona.http.post(CHANGE, json={"newPassword": "short", "role": "admin"})
        assert set(faults(refused)) == {"currentPassword", "newPassword", "role"}
