"""What every repository of users owes when it lists them.

Needs the fixture `units_of_work`, which opens units of work on an empty store.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle, product

import pytest

from application.paging import Page, PageRequest
from application.ports.unit_of_work import UnitsOfWork
from application.ports.users import UserFilter, UserSort
from domain.text import fold
from domain.users import Role, User, UserStatus
from tests.contracts.sample import NOON, a_user, keep

TICK = timedelta(microseconds=1)
PRESENT = UserFilter()
OLDEST_FIRST = PageRequest(UserSort.CREATED_AT, descending=False)
NAMES = (
    *("banana", "Äpfel", "apfel", "APPLE", "a-b", "a_b", "a.b", "ab0", "Zebra", "émile", "emile", "Èmile"),
    *("emilé", "straße", "strasse.", "żaba", "100", "99.", "ωμέγα", "Ωμεγα", "中文字", "かな-", "жаба"),
    *("___a", "...a", "-a-"),
)
# What a Python list would be sorted by.
SORT_VALUES: dict[UserSort, Callable[[User], str | datetime]] = {
    UserSort.CREATED_AT: lambda user: user.created_at,
    UserSort.UPDATED_AT: lambda user: user.updated_at,
    UserSort.USERNAME: lambda user: fold(user.username),
}
EVERY_ORDER = [(sort, descending) for sort in SORT_VALUES for descending in (False, True)]


async def _page(
    units_of_work: UnitsOfWork, request: PageRequest[UserSort], wanted: UserFilter = PRESENT
) -> Page[User]:
    async with units_of_work() as uow:
        return await uow.users.page(wanted, request)


async def _all(
    units_of_work: UnitsOfWork, request: PageRequest[UserSort], wanted: UserFilter = PRESENT
) -> list[User]:
    """Follow the cursors to the end."""
    seen: list[User] = []
    while True:
        page = await _page(units_of_work, request, wanted)
        assert page.total is None
        seen.extend(page.items)
        if page.next is None:
            return seen
        assert len(page.items) == request.limit
        request = replace(request, after=page.next)


async def _many_users(units_of_work: UnitsOfWork) -> list[User]:
    """Keep users who tie and differ in every field that is sorted by, in no order."""
    ticks = cycle([3, 1, 2, 1, 0])
    users: list[User] = []
    async with units_of_work() as uow:
        for name in NAMES:
            user = a_user(await uow.users.next_id(), name, at=NOON + next(ticks) * TICK)
            users.append(replace(user, updated_at=NOON + next(ticks) * TICK))
    await keep(units_of_work, *users)
    return users


async def _users_in_every_state(units_of_work: UnitsOfWork) -> list[User]:
    states = product(Role, (False, True), (False, True), (None, NOON))
    users: list[User] = []
    async with units_of_work() as uow:
        for role, is_approved, is_active, deleted_at in states:
            user = a_user(await uow.users.next_id())
            users.append(
                replace(user, role=role, is_approved=is_approved, is_active=is_active, deleted_at=deleted_at)
            )
    await keep(units_of_work, *users)
    return users


def _in_order(users: list[User], sort: UserSort, *, descending: bool) -> list[User]:
    value = SORT_VALUES[sort]
    return sorted(users, key=lambda user: (value(user), user.id), reverse=descending)


@pytest.mark.anyio
class UserListContract:
    """Lists hold who is wanted, in the order wanted, and cursors lead through all of them."""

    @pytest.mark.parametrize(("sort", "descending"), EVERY_ORDER)
    async def test_cursors_lead_through_every_order_with_each_user_once(
        self, units_of_work: UnitsOfWork, sort: UserSort, descending: bool
    ) -> None:
        users = await _many_users(units_of_work)
        for limit in (1, 4, len(users) - 1, len(users), 100):
            request = PageRequest(sort, descending=descending, limit=limit)
            assert await _all(units_of_work, request) == _in_order(users, sort, descending=descending)

    @pytest.mark.parametrize(("sort", "descending"), EVERY_ORDER)
    async def test_a_position_is_that_of_the_last_row(
        self, units_of_work: UnitsOfWork, sort: UserSort, descending: bool
    ) -> None:
        users = await _many_users(units_of_work)
        for limit in (1, 10, 20):
            position = (await _page(units_of_work, PageRequest(sort, descending=descending, limit=limit))).next
            last = _in_order(users, sort, descending=descending)[limit - 1]
            assert position is not None
            assert (position.value, position.id) == (SORT_VALUES[sort](last), last.id)

    @pytest.mark.parametrize(("sort", "descending"), EVERY_ORDER)
    async def test_numbered_pages_hold_the_same_and_count_the_total(
        self, units_of_work: UnitsOfWork, sort: UserSort, descending: bool
    ) -> None:
        users = await _many_users(units_of_work)
        expected = _in_order(users, sort, descending=descending)
        request = PageRequest(sort, descending=descending, limit=10, number=1)
        pages = [await _page(units_of_work, replace(request, number=number)) for number in (1, 2, 3, 4)]
        assert [list(page.items) for page in pages] == [expected[:10], expected[10:20], expected[20:], []]
        assert {page.total for page in pages} == {len(users)}
        assert [page.next is not None for page in pages] == [True, True, False, False]

    async def test_an_empty_store_has_empty_pages(self, units_of_work: UnitsOfWork) -> None:
        for sort in SORT_VALUES:
            assert await _page(units_of_work, PageRequest(sort)) == Page((), None)
            assert await _page(units_of_work, PageRequest(sort, number=1)) == Page((), None, 0)

    async def test_who_is_deleted_is_in_no_list_but_that_of_the_deleted(self, units_of_work: UnitsOfWork) -> None:
        users = await _users_in_every_state(units_of_work)
        assert await _all(units_of_work, OLDEST_FIRST) == [user for user in users if user.deleted_at is None]

    async def test_each_user_is_in_the_list_of_one_status(self, units_of_work: UnitsOfWork) -> None:
        users = await _users_in_every_state(units_of_work)
        lists = [await _all(units_of_work, OLDEST_FIRST, UserFilter(status=status)) for status in UserStatus]
        for status, listed in zip(UserStatus, lists, strict=True):
            assert listed == [user for user in users if user.status is status]
        assert sorted(user.id for listed in lists for user in listed) == [user.id for user in users]

    async def test_every_condition_given_must_be_met_on_every_page(self, units_of_work: UnitsOfWork) -> None:
        users = await _users_in_every_state(units_of_work)
        for status, role, words in product((None, *UserStatus), (None, *Role), ((), ("1",), ("user", "2"))):
            wanted = UserFilter(status=status, role=role, words=words)
            expected = [
                user
                for user in users
                if (user.status is status if status else user.deleted_at is None)
                and role in (None, user.role)
                and all(word in user.username for word in words)
            ]
            assert await _all(units_of_work, replace(OLDEST_FIRST, limit=2), wanted) == expected
            page = await _page(units_of_work, replace(OLDEST_FIRST, limit=2, number=2), wanted)
            assert (list(page.items), page.total) == (expected[2:4], len(expected))
