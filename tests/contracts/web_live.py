"""What happens, followed with a cookie instead of a token. Needs the fixture `service`."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from itertools import count

import pytest

from domain.users import Role, UserChanges
from tests.contracts.http_service import Json, Person, Service, problem
from tests.contracts.http_streams import Stream, streaming
from tests.contracts.web_browser import LOGOUT, Reader, at_a_browser, signed_in

LIVE = "/live"
GOODBYE = "This session has ended. Sign in again."
_numbers = count(1)


@asynccontextmanager
async def watching(
    reader: Reader, service: Service, query: str = "", headers: Mapping[str, str] | None = None
) -> AsyncGenerator[Stream]:
    """Follow as a browser does; it leaves with the block."""
    cookies = "; ".join(f"{name}={value}" for name, value in reader.http.cookies.items())
    sent = {"cookie": cookies, "accept": "text/event-stream", **(headers or {})}
    async with streaming(service.app, LIVE, query, sent) as stream:
        yield stream


async def next_message(stream: Stream) -> tuple[int, Json]:
    """Return the id and the data of the next message, as an EventSource hands it to those who listen to all."""
    while True:
        block = await stream.block()
        assert block is not None, "the stream has ended"
        if block.get("data"):
            assert "event" not in block
            data: Json = json.loads(block["data"])
            return int(block["id"]), data


@pytest.mark.anyio
class LiveContract:
    """The stream of a browser's page."""

    async def test_a_page_hears_what_happens_behind_the_place_it_was_made_at(
        self, service: Service, ada: Person
    ) -> None:
        reader = await signed_in(service, "liv")
        place = await service.container.find_place()()
        task = await ada.creates_task("While the page was on its way")
        async with watching(reader, service, f"after={place}&type=task.created") as stream:
            assert stream.headers["content-type"] == "text/event-stream"
            place_of_it, event = await next_message(stream)
        assert event["id"] == place_of_it > place
        assert event["subject"] == {"type": "task", "id": task["id"]}

    async def test_a_page_that_was_cut_off_goes_on_where_it_was(self, service: Service, ada: Person) -> None:
        reader = await signed_in(service, "leif")
        async with watching(reader, service) as stream:
            await ada.creates_task("Seen")
            last, _ = await next_message(stream)
        await ada.creates_task("Missed")
        async with watching(reader, service, "after=0", {"Last-Event-ID": str(last)}) as stream:
            _, event = await next_message(stream)
            assert event["data"]["title"] == "Missed"

    async def test_a_page_can_tell_silence_from_a_dead_connection(
        self, service: Service, ada: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("entrypoints.http.feed.HEARTBEAT_SECONDS", 0.01)
        reader = await signed_in(service, "linus")
        async with watching(reader, service, "type=task.deleted") as stream:
            await stream.block()
            assert (await stream.block() or {})["event"] == "heartbeat"
            await ada.creates_task("Not asked for, but passed")
            place, blocks = stream.last_id, [await stream.block()]
            while stream.last_id == place:
                blocks.append(await stream.block())
            assert blocks[-1] == {"id": stream.last_id, "event": "heartbeat", "data": ""}

    async def test_its_reader_sees_what_they_may_and_no_more(self, service: Service, ada: Person) -> None:
        reader = await signed_in(service, "lone")
        async with watching(reader, service) as stream:
            await service.joins("someone-else")
            await ada.creates_task("For all")
            _, event = await next_message(stream)
            assert event["type"] == "task.created"

    async def test_nobody_is_told_to_sign_in_as_a_script_can_tell(self, service: Service) -> None:
        for cookies in ({}, {"satchel_session": "1." + "0" * 64}):
            visitor = at_a_browser(service)
            visitor.http.cookies.update(cookies)
            answer = await visitor.http.get(LIVE, headers={"Accept": "*/*"})
            problem(answer, 401, "unauthenticated")

    async def test_it_ends_with_the_session(self, service: Service) -> None:
        reader = await signed_in(service, "lars")
        async with watching(reader, service) as stream:
            await stream.block()
            await reader.sends(LOGOUT, form_at="/")
            assert await stream.farewell() == GOODBYE

    async def test_it_ends_where_its_reader_may_not_enter_any_longer(self, service: Service) -> None:
        reader = await signed_in(service, "lotte")
        user = await service.container.find_user()(username="lotte")
        async with watching(reader, service, "type=task.created") as stream:
            await stream.block()
            await service.container.change_user()(None, user_id=user.id, changes=UserChanges(is_active=False))
            assert await stream.farewell() == GOODBYE

    @pytest.mark.parametrize("query", ["after=-1", "after=a", "after=999999999", "type=nothing", "after=1%00"])
    async def test_rubbish_is_refused_with_what_is_wrong(self, service: Service, query: str) -> None:
        reader = await signed_in(service, f"lea-{next(_numbers)}")
        answer = await reader.http.get(f"{LIVE}?{query}", headers={"Accept": "*/*"})
        problem(answer, 422, "invalid")


@pytest.mark.anyio
class WaitingBadgeContract:
    """Admins are told on every page how many wait to be let in."""

    async def test_admins_alone_see_it_and_it_is_as_things_are(self, service: Service) -> None:
        boss, other = await signed_in(service, "bertha", role=Role.ADMIN), await signed_in(service, "bodil")
        create = service.container.create_user()
        for name in ("newcomer-1", "newcomer-2"):
            await create(None, username=name, password="correct horse battery", is_approved=False)
        assert '2<span class="visually-hidden"> waiting' in (await boss.opens("/")).text
        assert "waiting</span>" not in (await other.opens("/")).text
        for name in ("newcomer-1", "newcomer-2"):
            user = await service.container.find_user()(username=name)
            await service.container.approve_user()(None, user_id=user.id)
        assert "waiting</span>" not in (await boss.opens("/problems")).text
