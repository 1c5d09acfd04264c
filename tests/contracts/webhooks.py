"""What every repository of webhooks owes when it keeps them.

Needs the fixture `units_of_work`, which opens units of work on an empty store.
"""

import asyncio
from dataclasses import replace
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.paging import Page, PageRequest, Position
from application.ports.unit_of_work import UnitsOfWork
from application.ports.webhooks import WebhookSort
from domain.errors import Stale
from domain.events import EventType
from domain.webhooks import DESCRIPTION_MOST, URL_MOST, Webhook, WebhookChanges
from tests.contracts import hostile
from tests.contracts.sample import FIRST_MOMENT, GREATEST_ID, LAST_MOMENT, MINUTE, NOON, race
from tests.contracts.webhook_sample import (
    a_kept_webhook,
    a_webhook,
    remove_webhook,
    save_webhook,
    stored_webhook,
)

NEWEST_FIRST = PageRequest(WebhookSort.CREATED_AT)

_moments = st.sampled_from(hostile.MOMENTS) | st.datetimes(timezones=st.just(UTC))
_webhooks = st.builds(
    Webhook,
    id=st.just(1),
    url=st.sampled_from([f"https://example.com/{text}" for text in hostile.TEXTS]),
    description=st.none() | st.sampled_from(hostile.TEXTS),
    types=st.frozensets(st.sampled_from(EventType)),
    is_active=st.booleans(),
    sealed_secret=st.binary(max_size=300),
    old_sealed_secret=st.none() | st.binary(max_size=300),
    old_secret_until=st.none() | _moments,
    created_at=_moments,
    updated_at=_moments,
    version=st.integers(1, 2**31 - 1),
)


async def _add(units_of_work: UnitsOfWork, *webhooks: Webhook) -> None:
    async with units_of_work() as uow:
        for webhook in webhooks:
            uow.webhooks.add(webhook)
        await uow.commit()


async def _page(units_of_work: UnitsOfWork, request: PageRequest[WebhookSort]) -> Page[Webhook]:
    async with units_of_work() as uow:
        return await uow.webhooks.page(request)


async def _all(units_of_work: UnitsOfWork, request: PageRequest[WebhookSort]) -> list[Webhook]:
    """Follow the cursors to the end."""
    seen: list[Webhook] = []
    while True:
        page = await _page(units_of_work, request)
        assert page.total is None
        seen.extend(page.items)
        if page.next is None:
            return seen
        assert len(page.items) == request.limit
        request = replace(request, after=page.next)


@pytest.mark.anyio
class WebhookRepositoryContract:
    """Webhooks come back as they were kept, and change on top of what is there alone."""

    @hostile.settings
    @given(added=_webhooks, saved=_webhooks)
    async def test_every_field_reads_back_as_it_was_added_and_as_it_was_saved(
        self, units_of_work: UnitsOfWork, added: Webhook, saved: Webhook
    ) -> None:
        async with units_of_work() as uow:
            webhook_id = await uow.webhooks.next_id()
        added = replace(added, id=webhook_id)
        saved = replace(saved, id=webhook_id, version=added.version + 1)
        await _add(units_of_work, added)
        assert await stored_webhook(units_of_work, webhook_id) == added
        await save_webhook(units_of_work, saved)
        assert await stored_webhook(units_of_work, webhook_id) == saved

    async def test_the_longest_values_and_the_greatest_id_fit(self, units_of_work: UnitsOfWork) -> None:
        webhook = a_webhook(
            GREATEST_ID,
            "https://example.com/".ljust(URL_MOST, "a"),
            description="\U0010ffff" * DESCRIPTION_MOST,
            types=EventType,
            at=LAST_MOMENT,
        )
        await _add(units_of_work, webhook)
        assert await stored_webhook(units_of_work, GREATEST_ID) == webhook

    async def test_what_is_not_there_is_not_found(self, units_of_work: UnitsOfWork) -> None:
        await a_kept_webhook(units_of_work)
        assert [await stored_webhook(units_of_work, unknown) for unknown in (0, -1, GREATEST_ID)] == [None] * 3

    async def test_a_unit_that_is_left_keeps_nothing(self, units_of_work: UnitsOfWork) -> None:
        async with units_of_work() as uow:
            uow.webhooks.add(a_webhook(1))
        assert await stored_webhook(units_of_work, 1) is None

    async def test_what_has_moved_on_or_is_gone_is_stale(self, units_of_work: UnitsOfWork) -> None:
        webhook = await a_kept_webhook(units_of_work)
        changes = WebhookChanges(is_active=False)
        for version in (1, 3):
            with pytest.raises(Stale):
                await save_webhook(units_of_work, replace(webhook, version=version))
        switched_off = await save_webhook(units_of_work, webhook.change(changes, at=NOON))
        with pytest.raises(Stale):
            await remove_webhook(units_of_work, webhook)
        assert await stored_webhook(units_of_work, webhook.id) == switched_off
        await remove_webhook(units_of_work, switched_off)
        assert await stored_webhook(units_of_work, webhook.id) is None
        for attempt in (
            remove_webhook(units_of_work, switched_off),
            save_webhook(units_of_work, replace(switched_off, version=3)),
        ):
            with pytest.raises(Stale):
                await attempt

    async def test_of_twenty_racing_changes_exactly_one_is_kept(self, units_of_work: UnitsOfWork) -> None:
        webhook = await a_kept_webhook(units_of_work)
        winners, losers = await race(
            save_webhook(units_of_work, webhook.change(WebhookChanges(description=f"change {number}"), at=NOON))
            for number in range(20)
        )
        assert [await stored_webhook(units_of_work, webhook.id)] == winners
        assert {type(loser) for loser in losers} == {Stale}

    @pytest.mark.parametrize("descending", [False, True])
    async def test_cursors_lead_through_all_webhooks_by_when_they_were_created(
        self, units_of_work: UnitsOfWork, descending: bool
    ) -> None:
        moments = (NOON, NOON + MINUTE, NOON, FIRST_MOMENT, LAST_MOMENT, NOON - MINUTE)
        webhooks = [await a_kept_webhook(units_of_work, at=moment, is_active=False) for moment in moments]
        expected = sorted(webhooks, key=lambda each: (each.created_at, each.id), reverse=descending)
        for limit in (1, 4, 5, 6, 100):
            request = PageRequest(WebhookSort.CREATED_AT, descending=descending, limit=limit)
            assert await _all(units_of_work, request) == expected
        first = await _page(units_of_work, PageRequest(WebhookSort.CREATED_AT, descending=descending, limit=1))
        assert first.next == Position(expected[0].created_at, expected[0].id)

    async def test_pages_by_number_come_with_the_number_of_all(self, units_of_work: UnitsOfWork) -> None:
        webhooks = [await a_kept_webhook(units_of_work, at=NOON + number * MINUTE) for number in range(3)]
        page = await _page(units_of_work, replace(NEWEST_FIRST, limit=2, number=2))
        assert (page.items, page.total) == ((webhooks[0],), 3)

    async def test_no_id_is_given_twice(self, units_of_work: UnitsOfWork) -> None:
        async def next_id() -> int:
            async with units_of_work() as uow:
                return await uow.webhooks.next_id()

        ids = await asyncio.gather(*(next_id() for _ in range(200)))
        assert len(set(ids)) == 200
        assert min(ids) >= 1
