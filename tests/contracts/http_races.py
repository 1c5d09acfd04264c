"""What the HTTP surface owes many who come at the same moment."""

import asyncio
from collections import Counter

import pytest

from tests.contracts.http_accounts import SIGN_UP, is_in, refresh
from tests.contracts.http_scene import NEW_POST, NEW_TITLE
from tests.contracts.http_service import API, PASSWORD, TASKS, Person, Service, document, problem
from tests.contracts.http_users import USERS

MANY = 20


@pytest.mark.anyio
class RacesContract:
    """Twenty at once."""

    async def test_of_simultaneous_sign_ups_under_one_name_one_succeeds(self, service: Service) -> None:
        newcomer = {"username": "Twin", "password": PASSWORD}
        responses = await asyncio.gather(*(service.http.post(SIGN_UP, json=newcomer) for _ in range(MANY)))
        assert Counter(response.status_code for response in responses) == {201: 1, 409: MANY - 1}
        for response in responses:
            if response.status_code == 409:
                problem(response, 409, "taken")

    async def test_of_simultaneous_refreshes_with_one_token_one_wins(self, service: Service, ada: Person) -> None:
        person = await service.signs_in("ada")
        responses = await asyncio.gather(*(refresh(service, person.refresh_token) for _ in range(MANY)))
        assert Counter(response.status_code for response in responses) == {200: 1, 401: MANY - 1}

    async def test_the_losers_of_a_refresh_end_the_session(self, service: Service, ada: Person) -> None:
        person = await service.signs_in("ada")
        responses = await asyncio.gather(*(refresh(service, person.refresh_token) for _ in range(MANY)))
        (winner,) = (response for response in responses if response.status_code == 200)
        renewed = service.person(document(winner))
        assert not await is_in(renewed)
        problem(await refresh(service, renewed.refresh_token), 401, "unauthenticated")

    async def test_of_simultaneous_changes_to_one_version_one_is_made(self, ada: Person) -> None:
        task = await ada.creates_task("Before")
        path = f"{TASKS}/{task['id']}"
        responses = await asyncio.gather(
            *(
                ada.http.put(path, json={"title": f"By {number}"}, headers={"If-Match": '"1"'})
                for number in range(MANY)
            )
        )
        assert Counter(response.status_code for response in responses) == {200: 1, 412: MANY - 1}
        (winner,) = (response for response in responses if response.status_code == 200)
        assert document(await ada.http.get(path)) == document(winner)

    @pytest.mark.parametrize("kind", ["cheats", "posts", "users", "platforms", "topics"])
    async def test_the_same_holds_of_everything_that_has_a_version(
        self, service: Service, root: Person, kind: str
    ) -> None:
        field, path = await self._new(kind, service, root)
        tag = (await root.http.get(path)).headers["etag"]
        responses = await asyncio.gather(
            *(
                root.http.put(path, json={field: f"By-{kind}-{number}"}, headers={"If-Match": tag})
                for number in range(MANY)
            )
        )
        assert Counter(response.status_code for response in responses) == {200: 1, 412: MANY - 1}
        (winner,) = (response for response in responses if response.status_code == 200)
        assert document(await root.http.get(path))[field] == document(winner)[field]

    @staticmethod
    async def _new(kind: str, service: Service, root: Person) -> tuple[str, str]:
        """Make one of these and return a field that can be changed, and its path."""
        if kind == "users":
            return "username", f"{USERS}/{(await service.joins('contested')).id}"
        body = {"cheats": NEW_TITLE, "posts": NEW_POST}.get(kind, {"name": f"Contested {kind}"})
        made = await root.http.post(f"{API}/{kind}", json=body)
        assert made.status_code == 201, made.text
        return "title" if "title" in body else "name", str(made.headers["location"])

    @pytest.mark.parametrize("round_", range(5))
    async def test_no_refresh_outlives_the_end_of_its_session(
        self, service: Service, root: Person, round_: int
    ) -> None:
        """Whichever comes first: once the account was switched off, neither the old pair nor a new one counts."""
        person = await service.joins(f"leaver-{round_}")
        ended, *refreshed = await asyncio.gather(
            root.http.patch(f"{USERS}/{person.id}", json={"isActive": False}),
            *(refresh(service, person.refresh_token) for _ in range(3)),
        )
        assert ended.status_code == 200
        for response in refreshed:
            if response.status_code == 200:
                renewed = service.person(document(response))
                assert not await is_in(renewed)
                problem(await refresh(service, renewed.refresh_token), 401, "unauthenticated")
            else:
                problem(response, 401, "unauthenticated")
        assert not await is_in(person)

    async def test_simultaneous_changes_without_a_condition_are_all_made(self, ada: Person) -> None:
        task = await ada.creates_task("Before")
        path = f"{TASKS}/{task['id']}"
        responses = await asyncio.gather(
            *(ada.http.patch(path, json={"title": f"By {number}"}) for number in range(MANY))
        )
        assert {response.status_code for response in responses} == {200}
        assert (await ada.http.get(path)).headers["etag"] == f'"{MANY + 1}"'

    async def test_of_simultaneous_deletions_one_finds_the_task(self, ada: Person) -> None:
        task = await ada.creates_task()
        path = f"{TASKS}/{task['id']}"
        responses = await asyncio.gather(*(ada.http.delete(path) for _ in range(MANY)))
        assert Counter(response.status_code for response in responses) == {204: 1, 404: MANY - 1}

    async def test_simultaneous_creations_are_all_kept(self, service: Service) -> None:
        person = await service.joins("busy")
        await asyncio.gather(*(person.creates_task(f"Task {number}") for number in range(MANY)))
        tasks = await person.lists("creatorId=me&limit=100")
        assert len({task["id"] for task in tasks}) == MANY
