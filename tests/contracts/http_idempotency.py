"""What the HTTP surface owes those who send a request again because they got no answer."""

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import pytest

from domain.users import Role
from tests.contracts.http_accounts import SIGN_UP
from tests.contracts.http_scene import CHEATS, NEW_POST, NEW_TITLE, POSTS, new_tag, new_webhook
from tests.contracts.http_service import API, PASSWORD, TASKS, Json, Person, Service, document, items, problem
from tests.contracts.http_users import USERS
from tests.contracts.http_webhooks import WEBHOOKS

MANY = 20
_numbers = count(1)


class Creation(NamedTuple):
    """A request that makes something.

    Attributes:
        path: where it goes.
        body: makes one that differs from all others.
        answered: the status of its answer.
    """

    path: str
    body: Callable[[], Json | list[Json]]
    answered: int = 201


def _titled() -> Json:
    return {"title": f"Title {next(_numbers)}"}


def _newcomer() -> Json:
    return {"username": f"newcomer-{next(_numbers)}", "password": PASSWORD}


CREATIONS = {
    "sign-up": Creation(SIGN_UP, _newcomer),
    "register": Creation(f"{API}/users/register", _newcomer),
    "user": Creation(USERS, _newcomer),
    "task": Creation(TASKS, _titled),
    "cheat": Creation(CHEATS, _titled),
    "import": Creation(f"{CHEATS}/import", lambda: [_titled()], answered=200),
    "post": Creation(POSTS, lambda: {**NEW_POST, **_titled()}),
    "platform": Creation(f"{API}/platforms", new_tag),
    "topic": Creation(f"{API}/topics", new_tag),
    "webhook": Creation(WEBHOOKS, lambda: {**new_webhook(), "description": _titled()["title"]}),
}
OF_EACH = pytest.mark.parametrize("creation", CREATIONS.values(), ids=CREATIONS)
_OF_ONE_ANSWER = {"x-request-id", "idempotent-replayed", "date"}


async def send(person: Person, path: str, body: object, key: str, **more: Any) -> httpx.Response:
    """Send a request under this key."""
    return await person.http.post(path, json=body, headers={"Idempotency-Key": key}, **more)


def told(response: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    """Return all of an answer that is not about its own way here."""
    headers = {name: value for name, value in response.headers.items() if name not in _OF_ONE_ANSWER}
    return response.status_code, headers, response.content


async def happened(root: Person) -> int:
    """Return how many events there are, the newest hundred of them."""
    return int((await root.http.get(f"{API}/audit?page=1&limit=1")).headers["x-total-count"])


@pytest.mark.anyio
class IdempotencyContract:
    """A request under a key is carried out once, and answered as often as it comes."""

    @OF_EACH
    async def test_sent_again_it_has_its_first_answer_and_makes_nothing(
        self, root: Person, creation: Creation
    ) -> None:
        body, key = creation.body(), str(uuid4())
        first = await send(root, creation.path, body, key)
        assert first.status_code == creation.answered, first.text
        assert "idempotent-replayed" not in first.headers
        before = await happened(root)
        for _ in range(2):
            again = await send(root, creation.path, body, key)
            assert again.headers["idempotent-replayed"] == "true"
            assert told(again) == told(first)
        assert await happened(root) == before

    @OF_EACH
    async def test_a_key_does_not_stand_for_another_body(self, root: Person, creation: Creation) -> None:
        key = str(uuid4())
        assert (await send(root, creation.path, creation.body(), key)).is_success
        before = await happened(root)
        refused = problem(await send(root, creation.path, creation.body(), key), 422, "idempotency-key-reused")
        assert [fault["field"] for fault in refused["errors"]] == ["Idempotency-Key"]
        assert await happened(root) == before

    @OF_EACH
    async def test_of_many_at_once_one_is_carried_out(self, root: Person, creation: Creation) -> None:
        body, key = creation.body(), str(uuid4())
        before = await happened(root)
        answers = await asyncio.gather(*(send(root, creation.path, body, key) for _ in range(MANY)))
        made = [answer for answer in answers if answer.is_success and "idempotent-replayed" not in answer.headers]
        assert len(made) == 1
        for answer in answers:
            if answer.is_success:
                assert told(answer) == told(made[0])
            else:
                problem(answer, 409, "in-flight")
        single = await happened(root) - before
        await send(root, creation.path, creation.body(), str(uuid4()))
        assert await happened(root) - before == 2 * single

    async def test_without_a_key_each_request_is_one_of_its_own(self, root: Person) -> None:
        answers = [await root.http.post(TASKS, json=NEW_TITLE) for _ in range(2)]
        assert len({document(answer)["id"] for answer in answers}) == 2

    async def test_a_key_does_not_stand_for_another_address(self, root: Person) -> None:
        key = str(uuid4())
        assert (await send(root, TASKS, NEW_TITLE, key)).is_success
        problem(await send(root, CHEATS, NEW_TITLE, key), 422, "idempotency-key-reused")

    async def test_the_old_prefix_is_the_same_address(self, root: Person) -> None:
        key = str(uuid4())
        first = await send(root, TASKS, NEW_TITLE, key)
        assert told(await send(root, "/api/tasks", NEW_TITLE, key)) == told(first)

    async def test_people_share_no_keys(self, root: Person, ada: Person) -> None:
        key = str(uuid4())
        made = [document(await send(person, TASKS, NEW_TITLE, key)) for person in (root, ada)]
        assert [task["creatorId"] for task in made] == [root.id, ada.id]

    async def test_a_key_is_its_owners_in_every_session(self, service: Service, ada: Person) -> None:
        key = str(uuid4())
        first = await send(ada, TASKS, NEW_TITLE, key)
        assert told(await send(await service.signs_in("ada"), TASKS, NEW_TITLE, key)) == told(first)

    async def test_the_first_answer_stays_although_its_subject_moves_on(self, root: Person) -> None:
        key = str(uuid4())
        first = await send(root, TASKS, NEW_TITLE, key)
        assert (await root.http.patch(first.headers["location"], json={"title": "Moved on"})).is_success
        assert told(await send(root, TASKS, NEW_TITLE, key)) == told(first)
        assert (await root.http.delete(first.headers["location"])).is_success
        assert told(await send(root, TASKS, NEW_TITLE, key)) == told(first)

    async def test_nothing_is_kept_of_a_refusal(self, root: Person, ada: Person) -> None:
        key = str(uuid4())
        problem(await send(root, TASKS, {"title": ""}, key), 422, "invalid")
        assert (await send(root, TASKS, NEW_TITLE, key)).status_code == 201
        tag, key = new_tag(), str(uuid4())
        assert (await ada.http.post(f"{API}/topics", json=tag)).is_success
        problem(await send(root, f"{API}/topics", tag, key), 409, "taken")
        assert (await send(root, f"{API}/topics", new_tag(), key)).status_code == 201
        key = str(uuid4())
        problem(await send(ada, USERS, _newcomer(), key), 403, "forbidden")
        assert (await send(ada, TASKS, NEW_TITLE, key)).status_code == 201

    async def test_a_trial_of_an_import_is_a_trial_each_time(self, root: Person) -> None:
        key, body = str(uuid4()), [{"title": "Tried"}]
        for _ in range(2):
            tried = await send(root, f"{CHEATS}/import?dryRun=true", body, key)
            assert document(tried) == {"created": 1, "updated": 0, "unchanged": 0}
            assert "idempotent-replayed" not in tried.headers

    async def test_whoever_is_signed_out_gets_no_answer_again(self, service: Service, ada: Person) -> None:
        key, leaving = str(uuid4()), await service.signs_in("ada")
        assert (await send(leaving, TASKS, NEW_TITLE, key)).is_success
        assert (await leaving.http.post(f"{API}/auth/logout")).status_code == 204
        problem(await send(leaving, TASKS, NEW_TITLE, key), 401, "unauthenticated")

    async def test_whoever_lost_a_role_gets_no_answer_that_it_had_given_them(
        self, service: Service, root: Person
    ) -> None:
        """Answers hold what only the role may see, such as the secret of a webhook."""
        person = await service.joins("once-an-admin", Role.ADMIN)
        body = new_webhook()
        assert (await send(person, WEBHOOKS, body, "lost")).status_code == 201
        assert (await root.http.patch(f"{USERS}/{person.id}", json={"role": "employee"})).is_success
        again = await send(await service.signs_in(person.username), WEBHOOKS, body, "lost")
        assert "whsec_" not in problem(again, 422, "idempotency-key-reused")["detail"]

    async def test_a_stranger_with_the_key_of_a_sign_up_learns_nothing(self, service: Service) -> None:
        newcomer, key = _newcomer(), {"Idempotency-Key": str(uuid4())}
        first = await service.http.post(SIGN_UP, json=newcomer, headers=key)
        assert first.status_code == 201
        guess = await service.http.post(SIGN_UP, json={**newcomer, "password": "another guess"}, headers=key)
        problem(guess, 422, "idempotency-key-reused")
        again = await service.http.post(SIGN_UP, json=newcomer, headers=key)
        assert document(again)["accessToken"] == document(first)["accessToken"]

    @pytest.mark.parametrize("key", ["", " ", "x" * 256, "schlüssel", "a\tb", "nul\x00", "\xff"])
    async def test_what_cannot_be_a_key_is_refused_and_nothing_is_made(self, root: Person, key: str) -> None:
        before = await happened(root)
        given = [(b"Idempotency-Key", key.encode("latin-1"))]
        refused = problem(await root.http.post(TASKS, json=NEW_TITLE, headers=given), 422, "invalid")
        assert [fault["field"] for fault in refused["errors"]] == ["Idempotency-Key"]
        assert await happened(root) == before

    async def test_two_keys_are_none(self, root: Person) -> None:
        given = [("Idempotency-Key", "one"), ("Idempotency-Key", "two")]
        problem(await root.http.post(TASKS, json=NEW_TITLE, headers=given), 422, "invalid")

    @pytest.mark.parametrize("key", ["1", "x" * 255, '"8e03978e-40d5"', "a key; with=blanks", "' OR 1=1 --"])
    async def test_a_key_may_have_any_form(self, root: Person, key: str) -> None:
        answers = [await send(root, POSTS, NEW_POST, key) for _ in range(2)]
        assert told(answers[0]) == told(answers[1])

    async def test_other_requests_leave_keys_alone(self, ada: Person) -> None:
        headers = {"Idempotency-Key": "of no use"}
        task = await ada.creates_task()
        for title in ("One", "Two"):
            changed = await ada.http.patch(f"{TASKS}/{task['id']}", json={"title": title}, headers=headers)
            assert document(changed)["title"] == title
        assert items(await ada.http.get(TASKS, headers=headers))

    async def test_every_request_that_makes_something_takes_a_key(self, service: Service) -> None:
        paths: dict[str, Json] = document(await service.http.get("/openapi.json"))["paths"]
        takes_key = {
            path
            for path, item in paths.items()
            if any(p["name"] == "Idempotency-Key" for p in item.get("post", {}).get("parameters", ()))
        }
        makes = {path for path, item in paths.items() if "201" in item.get("post", {}).get("responses", ())}
        assert takes_key == {creation.path for creation in CREATIONS.values()}
        assert makes <= takes_key
