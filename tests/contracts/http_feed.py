"""What the stream of events owes, on every store. Needs the fixtures `service`, `ada` and `root`."""

from collections.abc import Awaitable, Callable
from itertools import count

import httpx
import pytest

from application.feed import FOLLOWERS_OF_USER_MOST
from domain.users import Role
from tests.contracts.http_posts import path_of, publishes, writes
from tests.contracts.http_service import API, PASSWORD, TASKS, Person, Service, faults, items, problem
from tests.contracts.http_streams import EVENTS, Stream, following
from tests.contracts.http_users import USERS

AUDIT = f"{API}/audit"
NO_PLACES = [
    "-1",
    "+1",
    "1.0",
    "1e3",
    "0x10",
    "01",
    "9223372036854775808",
    "1" + "0" * 22,
    "abc",
    "\u0661",
    "1\0",
    "1,2",
]

Ending = Callable[[Person, Person], Awaitable[httpx.Response]]

ENDINGS: dict[str, Ending] = {
    "sign-out": lambda person, root: person.http.post(f"{API}/auth/logout"),
    "deactivation": lambda person, root: root.http.patch(f"{USERS}/{person.id}", json={"isActive": False}),
    "approval withdrawn": lambda person, root: root.http.patch(f"{USERS}/{person.id}", json={"isApproved": False}),
    "role lost": lambda person, root: root.http.patch(f"{USERS}/{person.id}", json={"role": "employee"}),
    "deletion": lambda person, root: root.http.delete(f"{USERS}/{person.id}"),
}
_numbers = count(1)


async def joined(service: Service, role: Role = Role.EMPLOYEE) -> Person:
    """Let someone join who was not here before."""
    return await service.joins(f"follower-{next(_numbers)}", role)


async def titled(stream: Stream, wanted: int) -> list[str]:
    """Return the titles of the next tasks that were made."""
    return [event.data["data"]["title"] for event in await stream.events(wanted)]


@pytest.mark.anyio
class StreamContract:
    """Server-Sent Events."""

    async def test_it_says_at_once_that_it_is_there_and_from_where_it_goes_on(
        self, service: Service, ada: Person
    ) -> None:
        await ada.creates_task()
        async with following(ada, service.app) as stream:
            assert stream.status == 200
            assert stream.headers["content-type"] == "text/event-stream"
            assert stream.headers["cache-control"] == "no-store"
            assert stream.headers["x-accel-buffering"] == "no"
            first = await stream.block()
            assert first is not None
            assert {"", "retry", "id"} == set(first)

    async def test_an_event_is_what_the_audit_trail_says(
        self, service: Service, ada: Person, root: Person
    ) -> None:
        async with following(ada, service.app, "type=task.created") as stream:
            task = await ada.creates_task("Seen live")
            event = await stream.event()
        assert event.type == "task.created"
        assert event.data["subject"] == {"type": "task", "id": task["id"]}
        assert event.data["actorId"] == ada.id
        assert event.data["id"] == event.id
        assert event.data in items(await root.http.get(f"{AUDIT}?subjectType=task&subjectId={task['id']}"))

    async def test_all_readers_see_the_same_in_the_same_order(
        self, service: Service, ada: Person, root: Person
    ) -> None:
        async with (
            following(ada, service.app, "type=task.created") as one,
            following(root, service.app, "type=task.created") as other,
        ):
            for number in range(10):
                await ada.creates_task(f"In order {number}")
            seen = await one.events(10)
            assert await other.events(10) == seen
        assert [event.data["data"]["title"] for event in seen] == [f"In order {number}" for number in range(10)]
        assert sorted({event.id for event in seen}) == [event.id for event in seen]

    async def test_of_posts_everyone_follows_what_is_published_and_authors_and_admins_their_drafts(
        self, service: Service, root: Person
    ) -> None:
        author, other = await joined(service), await joined(service, Role.MANAGER)
        async with (
            following(author, service.app, "type=post.created,post.updated,post.deleted") as own,
            following(root, service.app, "type=post.created,post.updated,post.deleted") as admins,
            following(other, service.app, "type=post.created,post.updated,post.deleted") as others,
        ):
            draft = await writes(author, "In secret")
            assert (await author.http.patch(path_of(draft), json={"title": "Still secret"})).is_success
            for changes in ({"isPublished": True}, {"isPublished": False, "title": "Secret again"}):
                assert (await author.http.patch(path_of(draft), json=changes)).is_success
            assert (await author.http.delete(path_of(draft))).is_success
            last = await publishes(author, "The last one")
            seen = await own.events(6)
            assert await admins.events(6) == seen
            assert await others.events(3) == [seen[2], seen[3], seen[5]]
        assert [event.data["data"].get("title") for event in seen] == [
            *("In secret", "Still secret", "Still secret", None, "Secret again", "The last one")
        ]
        assert seen[5].data["subject"] == {"type": "post", "id": last["id"]}

    async def test_whoever_was_cut_off_goes_on_after_any_event(self, service: Service, ada: Person) -> None:
        async with following(ada, service.app) as stream:
            for number in range(6):
                await ada.creates_task(f"Resumed {number}")
            seen = await stream.events(6)
        for number, event in enumerate(seen[:-1], start=1):
            async with following(ada, service.app, headers={"Last-Event-ID": str(event.id)}) as stream:
                assert await stream.events(6 - number) == seen[number:]

    async def test_a_reader_who_saw_nothing_goes_on_from_where_it_began(
        self, service: Service, ada: Person
    ) -> None:
        async with following(ada, service.app) as stream:
            await stream.block()
        await ada.creates_task("Missed")
        async with following(ada, service.app, headers={"Last-Event-ID": stream.last_id}) as again:
            assert await titled(again, 1) == ["Missed"]

    async def test_the_header_goes_before_the_parameter(self, service: Service, ada: Person) -> None:
        async with following(ada, service.app) as stream:
            await ada.creates_task("Before")
            await ada.creates_task("After")
            first, second = await stream.events(2)
        headers = {"Last-Event-ID": str(first.id)}
        async with following(ada, service.app, f"after={second.id}", headers) as stream:
            assert (await stream.event()).id == second.id

    async def test_from_zero_on_it_is_everything(self, service: Service, root: Person) -> None:
        async with following(root, service.app, "after=0") as stream:
            assert (await stream.event()).id == 1

    async def test_only_the_types_asked_for_come(self, service: Service, ada: Person) -> None:
        async with following(ada, service.app, "type=task.deleted,cheat.created") as stream:
            task = await ada.creates_task()
            await ada.http.delete(f"{TASKS}/{task['id']}")
            assert (await stream.event()).type == "task.deleted"

    async def test_accounts_are_seen_by_their_owners_and_admins_alone(
        self, service: Service, ada: Person, root: Person
    ) -> None:
        mine, other = await joined(service), await joined(service)
        async with (
            following(mine, service.app) as stream,
            following(root, service.app, "type=user.updated") as everything,
        ):
            for person in (other, mine):
                await person.http.patch(f"{USERS}/{person.id}", json={"username": f"{person.username}-renamed"})
            event = await stream.event()
            assert event.data["subject"] == {"type": "user", "id": mine.id}
            assert [seen.data["subject"]["id"] for seen in await everything.events(2)] == [other.id, mine.id]

    @pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
    async def test_it_ends_with_the_session(self, service: Service, root: Person, ending: Ending) -> None:
        person = await joined(service, Role.MANAGER)
        async with following(person, service.app, "type=platform.deleted") as stream:
            assert (await ending(person, root)).is_success
            assert "session has ended" in await stream.farewell()
        problem(await person.http.get(EVENTS), 401, "unauthenticated")

    async def test_a_new_password_ends_the_streams_of_other_sessions(self, service: Service) -> None:
        person = await joined(service)
        other = await service.signs_in(person.username)
        async with (
            following(other, service.app, "type=platform.deleted") as stream,
            following(person, service.app, "type=task.created") as own,
        ):
            passwords = {"currentPassword": PASSWORD, "newPassword": "another good password"}
            assert (await person.http.post(f"{API}/auth/password", json=passwords)).is_success
            assert "session has ended" in await stream.farewell()
            await person.creates_task("Still here")
            assert await titled(own, 1) == ["Still here"]

    async def test_a_role_gained_counts_without_coming_back(self, service: Service, root: Person) -> None:
        person, other = await joined(service), await joined(service)
        async with following(person, service.app, "type=user.updated") as stream:
            assert (await root.http.patch(f"{USERS}/{person.id}", json={"role": "admin"})).is_success
            await other.http.patch(f"{USERS}/{other.id}", json={"username": f"{other.username}-renamed"})
            assert [event.data["subject"]["id"] for event in await stream.events(2)] == [person.id, other.id]

    @pytest.mark.parametrize("place", NO_PLACES, ids=ascii)
    async def test_what_is_no_place_in_the_log_is_named(self, service: Service, ada: Person, place: str) -> None:
        in_header = await ada.http.get(EVENTS, headers=[(b"Last-Event-ID", place.encode())])
        assert set(faults(in_header)) == {"Last-Event-ID"}
        assert set(faults(await ada.http.get(EVENTS, params={"after": place}))) == {"after"}

    async def test_a_place_beyond_the_end_is_refused_since_events_would_be_passed_over(
        self, service: Service, ada: Person
    ) -> None:
        assert set(faults(await ada.http.get(f"{EVENTS}?after={10**17}"))) == {"after"}
        assert set(faults(await ada.http.get(EVENTS, headers={"Last-Event-ID": str(10**17)}))) == {"after"}

    async def test_an_unknown_type_is_named(self, ada: Person) -> None:
        assert set(faults(await ada.http.get(f"{EVENTS}?type=task.exploded"))) == {"type"}

    async def test_it_needs_a_token(self, service: Service) -> None:
        problem(await service.http.get(EVENTS), 401, "unauthenticated")
        problem(await service.http.get(f"{EVENTS}?access_token=x"), 401, "unauthenticated")

    async def test_head_says_what_get_would_and_ends(self, ada: Person) -> None:
        response = await ada.http.head(EVENTS)
        assert (response.status_code, response.content) == (200, b"")
        assert response.headers["content-type"] == "text/event-stream"

    async def test_one_user_follows_only_so_many_times_at_once(self, service: Service) -> None:
        person = await joined(service)
        # Those who have left do not count.
        for _ in range(FOLLOWERS_OF_USER_MOST + 1):
            assert (await person.http.get(EVENTS)).status_code == 200
        await self._follow_and_check(service, person, FOLLOWERS_OF_USER_MOST)

    async def _follow_and_check(self, service: Service, person: Person, more: int) -> None:
        if more:
            async with following(person, service.app):
                await self._follow_and_check(service, person, more - 1)
        else:
            refused = await person.http.get(EVENTS)
            assert int(refused.headers["retry-after"]) > 0
            assert "close" in problem(refused, 429, "too-many-requests")["detail"]
