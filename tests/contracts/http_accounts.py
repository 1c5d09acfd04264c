"""What the HTTP surface owes people who come in, stay in and leave."""

import httpx
import pytest

from domain.users import Role
from tests.contracts.http_service import (
    API,
    PASSWORD,
    TASKS,
    Json,
    Person,
    Service,
    document,
    faults,
    problem,
)

SIGN_UP = f"{API}/auth/signup"
SIGN_IN = f"{API}/auth/login"
REFRESH = f"{API}/auth/refresh"
SIGN_OUT = f"{API}/auth/logout"
ME = f"{API}/auth/me"
TOKEN_FIELDS = {"accessToken", "refreshToken", "tokenType", "expiresIn"}
USER_FIELDS = {"id", "username", "email", "role", "isApproved", "isActive", "createdAt", "updatedAt"}


async def is_in(person: Person) -> bool:
    """Tell whether someone's access token still opens the door."""
    return (await person.http.get(ME)).status_code == 200


async def refresh(service: Service, token: str) -> httpx.Response:
    """Try to spend a refresh token."""
    return await service.http.post(REFRESH, json={"refreshToken": token})


def told(response: httpx.Response) -> tuple[int, Json, dict[str, str]]:
    """Return all that an answer tells, but for what must differ from one request to the next."""
    body = {name: value for name, value in document(response).items() if name != "requestId"}
    headers = {name: value for name, value in response.headers.items() if name != "x-request-id"}
    return response.status_code, body, headers


@pytest.mark.anyio
class SigningUpContract:
    """Making an account."""

    @pytest.mark.parametrize("path", [SIGN_UP, f"{API}/users/register", "/api/auth/signup", "/api/users/register"])
    async def test_a_newcomer_gets_an_account_and_tokens(self, service: Service, path: str) -> None:
        name = f"grace{path.replace('/', '.')}"
        response = await service.http.post(path, json={"username": name, "password": PASSWORD})
        assert response.status_code == 201
        body = document(response)
        assert set(body) == {"user"} | TOKEN_FIELDS
        assert (body["tokenType"], body["expiresIn"]) == ("Bearer", 15 * 60)
        user = body["user"]
        assert set(user) == USER_FIELDS
        assert user["username"] == name
        assert user["email"] is None
        assert (user["role"], user["isApproved"], user["isActive"]) == ("employee", True, True)
        assert response.headers["location"] == f"{API}/users/{user['id']}"
        assert response.headers["etag"] == '"1"'
        assert response.headers["cache-control"] == "no-store"
        assert await is_in(service.person(body))

    async def test_the_location_of_a_new_account_is_the_account(self, service: Service) -> None:
        response = await service.http.post(SIGN_UP, json={"username": "barbara", "password": PASSWORD})
        person = service.person(document(response))
        account = await person.http.get(response.headers["location"])
        assert document(account) == document(response)["user"]
        assert account.headers["etag"] == response.headers["etag"]

    @pytest.mark.parametrize("name", ["Katherine", "katherine", "KATHERINE", "\u212aatherine"])
    async def test_a_name_is_given_once_whatever_its_case(self, service: Service, name: str) -> None:
        await service.http.post(SIGN_UP, json={"username": "katherine", "password": PASSWORD})
        response = await service.http.post(SIGN_UP, json={"username": name, "password": PASSWORD})
        assert [error["field"] for error in problem(response, 409, "taken")["errors"]] == ["username"]

    @pytest.mark.parametrize("email", ["joan@example.org", "Joan@Example.ORG"])
    async def test_an_email_is_given_once_whatever_its_case(self, service: Service, email: str) -> None:
        first = {"username": "joan", "password": PASSWORD, "email": "joan@example.org"}
        await service.http.post(SIGN_UP, json=first)
        response = await service.http.post(SIGN_UP, json={**first, "username": "joan-2", "email": email})
        assert [error["field"] for error in problem(response, 409, "taken")["errors"]] == ["email"]

    async def test_every_fault_of_a_sign_up_is_named_at_once(self, service: Service) -> None:
        wrong = {"username": "a b", "password": "shorter", "email": "nowhere", "role": "admin"}
        assert set(faults(await service.http.post(SIGN_UP, json=wrong))) == set(wrong)

    @pytest.mark.parametrize("field", ["role", "isApproved", "isActive", "id", "version", "passwordHash"])
    async def test_nobody_slips_a_field_into_a_sign_up(self, service: Service, field: str) -> None:
        newcomer = {"username": "mallory", "password": PASSWORD, field: "admin"}
        assert set(faults(await service.http.post(SIGN_UP, json=newcomer))) == {field}
        wrong = await service.http.post(SIGN_IN, json={"username": "mallory", "password": PASSWORD})
        problem(wrong, 401, "unauthenticated")

    @pytest.mark.parametrize(
        ("length", "status"), [(7, 422), (8, 201), (1024, 201), (1025, 422), (1_000_000, 422)]
    )
    async def test_a_password_has_8_to_1024_characters(self, service: Service, length: int, status: int) -> None:
        newcomer = {"username": f"dorothy-{length}", "password": "x" * length}
        response = await service.http.post(SIGN_UP, json=newcomer)
        assert response.status_code == status
        if status == 422:
            assert set(faults(response)) == {"password"}

    @pytest.mark.parametrize(("name", "status"), [("ab", 422), ("abc", 201), ("x" * 80, 201), ("x" * 81, 422)])
    async def test_a_username_has_3_to_80_characters(self, service: Service, name: str, status: int) -> None:
        response = await service.http.post(SIGN_UP, json={"username": name, "password": PASSWORD})
        assert response.status_code == status


@pytest.mark.anyio
class SigningInContract:
    """Beginning a session."""

    async def test_a_username_and_its_password_begin_a_session(self, service: Service, ada: Person) -> None:
        response = await service.http.post(SIGN_IN, json={"username": "ADA", "password": PASSWORD})
        assert response.status_code == 200
        assert set(document(response)) == {"user"} | TOKEN_FIELDS
        assert document(response)["user"]["id"] == ada.id
        assert response.headers["cache-control"] == "no-store"
        assert await is_in(service.person(document(response)))

    async def test_an_email_and_its_password_begin_a_session(self, service: Service) -> None:
        newcomer = {"username": "edith", "password": PASSWORD, "email": "edith@example.org"}
        await service.http.post(SIGN_UP, json=newcomer)
        response = await service.http.post(SIGN_IN, json={"email": "Edith@example.org", "password": PASSWORD})
        assert response.status_code == 200
        assert document(response)["user"]["email"] == "edith@example.org"

    @pytest.mark.parametrize("names", [{}, {"username": "ada", "email": "ada@example.org"}, {"username": None}])
    async def test_it_takes_either_name_or_email(self, service: Service, names: Json) -> None:
        assert set(faults(await service.http.post(SIGN_IN, json={**names, "password": PASSWORD}))) == {"username"}

    async def test_a_password_counts_to_its_last_character(self, service: Service) -> None:
        newcomer = {"username": "hedy", "password": "x" * 100 + "a"}
        await service.http.post(SIGN_UP, json=newcomer)
        response = await service.http.post(SIGN_IN, json={**newcomer, "password": "x" * 100 + "b"})
        problem(response, 401, "unauthenticated")

    async def test_a_password_is_the_same_in_either_unicode_form(self, service: Service) -> None:
        await service.http.post(SIGN_UP, json={"username": "emilie", "password": "\u00e9l\u00e9gante"})
        response = await service.http.post(
            SIGN_IN, json={"username": "emilie", "password": "e\u0301le\u0301gante"}
        )
        assert response.status_code == 200

    async def test_wrong_and_unknown_get_one_and_the_same_answer(self, service: Service, ada: Person) -> None:
        attempts = [
            {"username": ada.username, "password": "wrong password"},
            {"username": "nobody", "password": "wrong password"},
            {"username": "nobody", "password": PASSWORD},
            {"email": "nobody@example.org", "password": PASSWORD},
            {"username": "no body\u202e", "password": ""},
            {"email": "no email", "password": PASSWORD},
        ]
        answers = [told(await service.http.post(SIGN_IN, json=attempt)) for attempt in attempts]
        assert all(answer == answers[0] for answer in answers)
        assert answers[0][0] == 401

    async def test_the_answer_holds_no_hash(self, service: Service, ada: Person) -> None:
        for response in (
            await service.http.post(SIGN_IN, json={"username": "ada", "password": PASSWORD}),
            await ada.http.get(ME),
            await ada.http.get(f"{API}/users/{ada.id}"),
        ):
            assert "argon2" not in response.text
            assert "assword" not in response.text


@pytest.mark.anyio
class StayingInContract:
    """Refreshing a session and ending it."""

    async def test_a_refresh_token_gives_a_new_pair(self, service: Service, ada: Person) -> None:
        person = await service.signs_in("ada")
        response = await refresh(service, person.refresh_token)
        assert response.status_code == 200
        assert response.headers["cache-control"] == "no-store"
        renewed = service.person(document(response))
        assert renewed.id == ada.id
        assert renewed.refresh_token != person.refresh_token
        assert await is_in(renewed)
        assert (await refresh(service, renewed.refresh_token)).status_code == 200

    async def test_a_spent_refresh_token_ends_the_whole_session(self, service: Service, ada: Person) -> None:
        person = await service.signs_in("ada")
        renewed = service.person(document(await refresh(service, person.refresh_token)))
        problem(await refresh(service, person.refresh_token), 401, "unauthenticated")
        problem(await refresh(service, renewed.refresh_token), 401, "unauthenticated")
        assert not await is_in(renewed)
        assert not await is_in(person)
        assert await is_in(ada)

    async def test_neither_token_is_taken_for_the_other(self, service: Service, ada: Person) -> None:
        problem(await refresh(service, ada.access_token), 401, "unauthenticated")
        response = await service.http.get(ME, headers={"Authorization": f"Bearer {ada.refresh_token}"})
        problem(response, 401, "unauthenticated")
        assert 'error="invalid_token"' in response.headers["www-authenticate"]
        assert await is_in(ada)

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "é", "x" * 4096, "..", "null"])
    async def test_no_other_text_is_a_refresh_token(self, service: Service, token: str) -> None:
        problem(await refresh(service, token), 401, "unauthenticated")

    async def test_a_text_longer_than_any_token_is_refused_unseen(self, service: Service) -> None:
        assert set(faults(await refresh(service, "x" * 4097))) == {"refreshToken"}

    async def test_signing_out_kills_both_tokens_at_once(self, service: Service, ada: Person) -> None:
        person = await service.signs_in("ada")
        response = await person.http.post(SIGN_OUT)
        assert (response.status_code, response.content) == (204, b"")
        assert not await is_in(person)
        problem(await refresh(service, person.refresh_token), 401, "unauthenticated")
        problem(await person.http.post(SIGN_OUT), 401, "unauthenticated")
        assert await is_in(ada)


@pytest.mark.anyio
class ApprovalContract:
    """Signing up where an admin lets people in."""

    variables = {"SIGNUP_APPROVAL": "admin"}  # noqa: RUF012  # read by the fixture, never written

    async def test_a_newcomer_gets_an_account_without_tokens(self, service: Service) -> None:
        response = await service.http.post(SIGN_UP, json={"username": "newcomer", "password": PASSWORD})
        assert response.status_code == 201
        body = document(response)
        assert set(body) == {"user"}
        assert body["user"]["isApproved"] is False

    async def test_only_who_knows_the_password_hears_that_approval_is_pending(self, service: Service) -> None:
        await service.http.post(SIGN_UP, json={"username": "patient", "password": PASSWORD})
        response = await service.http.post(SIGN_IN, json={"username": "patient", "password": PASSWORD})
        problem(response, 403, "approval-pending")
        response = await service.http.post(SIGN_IN, json={"username": "patient", "password": "wrong password"})
        problem(response, 401, "unauthenticated")

    async def test_tasks_go_to_nobody_who_waits(self, service: Service) -> None:
        response = await service.http.post(SIGN_UP, json={"username": "waiting", "password": PASSWORD})
        waiting = document(response)["user"]["id"]
        manager = await service.joins("manager", Role.MANAGER)
        response = await manager.http.post(TASKS, json={"title": "Wait", "assigneeId": waiting})
        assert set(faults(response)) == {"assigneeId"}


@pytest.mark.anyio
class PeopleContract:
    """Looking people up."""

    async def test_everyone_sees_who_somebody_is_and_no_more(self, service: Service, ada: Person) -> None:
        other = await service.joins("linus")
        response = await other.http.get(f"{API}/users/{ada.id}")
        assert set(document(response)) == {"id", "username", "role", "createdAt"}

    async def test_oneself_and_admins_see_the_whole_account(self, service: Service, ada: Person) -> None:
        admin = await service.joins("root", Role.ADMIN)
        for person in (ada, admin):
            assert set(document(await person.http.get(f"{API}/users/{ada.id}"))) == USER_FIELDS

    async def test_me_is_ones_own_account(self, ada: Person) -> None:
        me = await ada.http.get(ME)
        account = await ada.http.get(f"{API}/users/{ada.id}")
        assert document(me) == document(account)

    async def test_two_people_at_one_browser_are_not_taken_for_each_other(
        self, service: Service, ada: Person
    ) -> None:
        other, admin = await service.joins("vera"), await service.joins("victor", Role.ADMIN)
        mine = await ada.http.get(ME)
        assert "Authorization" in mine.headers["vary"]
        theirs = await other.http.get(ME, headers={"If-None-Match": mine.headers["etag"]})
        assert document(theirs)["username"] == "vera"
        whole = await admin.http.get(f"{API}/users/{ada.id}")
        seen = await other.http.get(f"{API}/users/{ada.id}", headers={"If-None-Match": whole.headers["etag"]})
        assert set(document(seen)) == {"id", "username", "role", "createdAt"}

    @pytest.mark.parametrize("path", [ME, "{id}"])
    async def test_a_known_version_is_not_sent_again(self, ada: Person, path: str) -> None:
        path = path.replace("{id}", f"{API}/users/{ada.id}")
        tag = (await ada.http.get(path)).headers["etag"]
        response = await ada.http.get(path, headers={"If-None-Match": tag})
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["etag"] == tag

    async def test_hello_greets_by_name(self, ada: Person) -> None:
        for path in ("/hello", "/api/v1/hello", "/api/hello"):
            response = await ada.http.get(path)
            assert document(response) == {"message": "hello world", "username": "ada"}
