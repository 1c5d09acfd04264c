"""What events over WebSocket owe, on every store. Needs the fixtures `service`, `ada` and `root`."""

import pytest

from domain.users import Role
from tests.contracts.http_accounts import ME
from tests.contracts.http_feed import ENDINGS, Ending, joined
from tests.contracts.http_service import Person, Service, document, faults, problem
from tests.contracts.http_streams import EVENTS, SOCKET, bearer, following, talking


@pytest.mark.anyio
class SocketContract:
    """The same over WebSocket."""

    async def test_it_carries_what_the_stream_does(self, service: Service, ada: Person) -> None:
        async with (
            talking(service.app, "type=task.created", bearer(ada)) as socket,
            following(ada, service.app, "type=task.created") as stream,
        ):
            assert socket.answer["type"] == "websocket.accept"
            for number in range(3):
                await ada.creates_task(f"Told twice {number}")
            seen = [event.data for event in await stream.events(3)]
            assert [await socket.event() for _ in range(3)] == seen
        async with talking(service.app, f"type=task.created&after={seen[0]['id']}", bearer(ada)) as socket:
            assert [await socket.event() for _ in range(2)] == seen[1:]

    async def test_the_old_prefix_leads_there_too(self, service: Service, ada: Person) -> None:
        async with talking(service.app, "after=0", bearer(ada), path="/api/events/ws") as socket:
            assert (await socket.event())["id"] > 0

    async def test_a_browser_shows_its_token_as_a_subprotocol(self, service: Service, ada: Person) -> None:
        offers = {"sec-websocket-protocol": f"satchel.events, satchel.bearer.{ada.access_token}"}
        async with talking(service.app, headers=offers | {"origin": "https://elsewhere.example"}) as socket:
            assert socket.answer["type"] == "websocket.accept"
            assert socket.answer["subprotocol"] == "satchel.events"
            assert [name for name, _ in socket.answer["headers"]] == [b"x-request-id"]

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"authorization": "Bearer nonsense"},
            {"authorization": "Basic YTpi"},
            {"sec-websocket-protocol": "satchel.events"},
            {"sec-websocket-protocol": "satchel.events, satchel.bearer."},
            {"sec-websocket-protocol": "satchel.bearer.nonsense"},
            {"sec-websocket-protocol": "satchel.bearer.a, satchel.bearer.b"},
        ],
        ids=repr,
    )
    async def test_a_handshake_needs_a_token(self, service: Service, headers: dict[str, str]) -> None:
        async with talking(service.app, headers=headers) as socket:
            refusal = await socket.refusal()
        problem(refusal, 401, "unauthenticated")
        assert refusal.headers["www-authenticate"].startswith("Bearer")
        assert refusal.headers["x-content-type-options"] == "nosniff"

    async def test_a_token_in_the_query_is_none(self, service: Service, ada: Person) -> None:
        async with talking(service.app, f"access_token={ada.access_token}") as socket:
            problem(await socket.refusal(), 401, "unauthenticated")

    async def test_a_subprotocol_is_no_token_for_anything_else(self, service: Service, ada: Person) -> None:
        offers = {"sec-websocket-protocol": f"satchel.bearer.{ada.access_token}"}
        problem(await service.http.get(ME, headers=offers), 401, "unauthenticated")

    @pytest.mark.parametrize("query", ["after=-1", "after=abc", f"after={10**17}", "after=9223372036854775808"])
    async def test_a_place_that_is_none_refuses_the_handshake(
        self, service: Service, ada: Person, query: str
    ) -> None:
        async with talking(service.app, query, bearer(ada)) as socket:
            assert set(faults(await socket.refusal())) == {"after"}

    async def test_elsewhere_a_handshake_is_answered_as_the_request_that_it_is(
        self, service: Service, ada: Person
    ) -> None:
        async with talking(service.app, headers=bearer(ada), path="/nonsense") as socket:
            problem(await socket.refusal(), 404, "not-found")
        async with talking(service.app, headers=bearer(ada), path=ME) as socket:
            assert document(await socket.refusal())["id"] == ada.id

    async def test_a_request_that_is_no_handshake_is_told_to_be_one(self, ada: Person, service: Service) -> None:
        refusal = await ada.http.get(SOCKET)
        problem(refusal, 426, "upgrade-required")
        assert refusal.headers["upgrade"] == "websocket"
        problem(await service.http.get(SOCKET), 401, "unauthenticated")

    @pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
    async def test_it_is_closed_with_the_session(self, service: Service, root: Person, ending: Ending) -> None:
        person = await joined(service, Role.MANAGER)
        async with talking(service.app, "type=platform.deleted", bearer(person)) as socket:
            assert (await ending(person, root)).is_success
            assert await socket.close_code() == 4401

    async def test_what_clients_say_is_passed_over(self, service: Service, ada: Person) -> None:
        async with talking(service.app, "type=task.created", bearer(ada)) as socket:
            for text in ("", "{}", '{"after": 0}'):
                await socket.says(text)
            task = await ada.creates_task()
            assert (await socket.event())["subject"]["id"] == task["id"]


@pytest.mark.anyio
class DrainingContract:
    """A server that is about to end serves who comes nevertheless, and in the end lets nobody wait for it."""

    async def test_who_follows_goes_on_until_the_streams_end_and_then_nobody_begins(
        self, service: Service, ada: Person
    ) -> None:
        service.app.drain()
        async with following(ada, service.app) as stream, talking(service.app, "", bearer(ada)) as socket:
            answer = await ada.http.get(ME)
            assert document(answer)["id"] == ada.id
            assert answer.headers["connection"] == "close"
            service.app.end_streams()
            assert "shutting down" in await stream.farewell()
            assert await socket.close_code() == 1012
            problem(await ada.http.get(EVENTS), 503, "unavailable")
            async with talking(service.app, "", bearer(ada)) as refused:
                problem(await refused.refusal(), 503, "unavailable")
        assert document(await ada.http.get(ME))["id"] == ada.id
