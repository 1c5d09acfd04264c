"""What every repository of posts owes when it lists them.

Needs the fixture `units_of_work`, which opens units of work on an empty store.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle

import pytest

from application.paging import Page, PageRequest
from application.ports.posts import AuthoredPost, PostFilter, PostSort
from application.ports.unit_of_work import UnitsOfWork
from domain.access import may_see_post
from domain.posts import Post
from domain.text import fold
from domain.users import Role, User
from tests.contracts.post_sample import a_kept_post, a_post
from tests.contracts.sample import GREATEST_ID, LAST_MOMENT, NOON, a_kept_user, keep

TICK = timedelta(microseconds=1)
EVERYTHING = PostFilter()
OLDEST_FIRST = PageRequest(PostSort.CREATED_AT, descending=False)
_STARTS = ("banana", "Äpfel", "apple", "APPLE", "a b", "a-b", "_x", "~", "émile", "emil", "ß", "ss", "10", "中")
TITLES = tuple(f"{start} title" for start in _STARTS)
SORT_VALUES: dict[PostSort, Callable[[Post], str | datetime]] = {
    PostSort.CREATED_AT: lambda post: post.created_at,
    PostSort.TITLE: lambda post: fold(post.title),
}
EVERY_ORDER = [(sort, descending) for sort in SORT_VALUES for descending in (False, True)]


async def _page(
    units_of_work: UnitsOfWork,
    request: PageRequest[PostSort],
    wanted: PostFilter = EVERYTHING,
    viewer: User | None = None,
) -> Page[AuthoredPost]:
    async with units_of_work() as uow:
        return await uow.posts.page(wanted, request, viewer=viewer)


async def _all(
    units_of_work: UnitsOfWork,
    request: PageRequest[PostSort],
    wanted: PostFilter = EVERYTHING,
    viewer: User | None = None,
) -> list[Post]:
    """Follow the cursors to the end."""
    seen: list[Post] = []
    while True:
        page = await _page(units_of_work, request, wanted, viewer)
        assert page.total is None
        seen.extend(found.post for found in page.items)
        if page.next is None:
            return seen
        assert len(page.items) == request.limit
        request = replace(request, after=page.next)


async def _many_posts(units_of_work: UnitsOfWork, author: User) -> list[Post]:
    """Keep published posts that tie and differ in what they are sorted by, in no order, and a draft after each."""
    ticks = cycle([3, 1, 2, 1, 0])
    posts: list[Post] = []
    for title in TITLES:
        at = NOON + next(ticks) * TICK
        posts.append(await a_kept_post(units_of_work, author, title, at=at))
        await a_kept_post(units_of_work, author, title, is_published=False, at=at)
    return posts


def _in_order(posts: list[Post], sort: PostSort, *, descending: bool) -> list[Post]:
    value = SORT_VALUES[sort]
    return sorted(posts, key=lambda post: (value(post), post.id), reverse=descending)


@pytest.mark.anyio
class PostListContract:
    """Lists hold what is wanted and may be seen, in the order wanted, and cursors lead through all of it."""

    @pytest.mark.parametrize(("sort", "descending"), EVERY_ORDER)
    async def test_cursors_lead_through_every_order_with_each_post_once(
        self, units_of_work: UnitsOfWork, sort: PostSort, descending: bool
    ) -> None:
        posts = await _many_posts(units_of_work, await a_kept_user(units_of_work))
        for limit in (1, 4, len(posts) - 1, len(posts), 100):
            request = PageRequest(sort, descending=descending, limit=limit)
            assert await _all(units_of_work, request) == _in_order(posts, sort, descending=descending)

    @pytest.mark.parametrize(("sort", "descending"), EVERY_ORDER)
    async def test_each_post_comes_once_also_when_others_come_meanwhile(
        self, units_of_work: UnitsOfWork, sort: PostSort, descending: bool
    ) -> None:
        author = await a_kept_user(units_of_work)
        posts = await _many_posts(units_of_work, author)
        request = PageRequest(sort, descending=descending, limit=5)
        page = await _page(units_of_work, request)
        await a_kept_post(units_of_work, author, "!!!!!", at=NOON - TICK)
        await a_kept_post(units_of_work, author, "\U0010ffff" * 5, at=LAST_MOMENT)
        rest = await _all(units_of_work, replace(request, after=page.next))
        seen = [found.post for found in page.items] + rest
        assert [post for post in seen if post in posts] == _in_order(posts, sort, descending=descending)

    @pytest.mark.parametrize(("sort", "descending"), EVERY_ORDER)
    async def test_numbered_pages_show_the_same_and_the_total(
        self, units_of_work: UnitsOfWork, sort: PostSort, descending: bool
    ) -> None:
        posts = await _many_posts(units_of_work, await a_kept_user(units_of_work))
        in_order = _in_order(posts, sort, descending=descending)
        for number in (1, 2, 3, 4):
            request = PageRequest(sort, descending=descending, limit=5, number=number)
            page = await _page(units_of_work, request)
            assert [found.post for found in page.items] == in_order[5 * (number - 1) : 5 * number]
            assert page.total == len(posts)

    async def test_an_empty_store_has_empty_pages(self, units_of_work: UnitsOfWork) -> None:
        viewer = await a_kept_user(units_of_work)
        for sort in SORT_VALUES:
            for reader in (viewer, None):
                assert await _page(units_of_work, PageRequest(sort), viewer=reader) == Page((), None)
                assert await _page(units_of_work, PageRequest(sort, number=1), viewer=reader) == Page((), None, 0)

    async def test_a_page_tells_each_authors_name_also_of_those_who_left(self, units_of_work: UnitsOfWork) -> None:
        ada, bob = await a_kept_user(units_of_work, "ada"), await a_kept_user(units_of_work, "bob")
        for author in (ada, bob, ada):
            await a_kept_post(units_of_work, author)
        async with units_of_work() as uow:
            uow.users.save(bob.delete(at=NOON))
            await uow.commit()
        page = await _page(units_of_work, OLDEST_FIRST)
        assert [found.author for found in page.items] == ["ada", "bob", "ada"]

    async def test_every_list_holds_what_its_viewer_may_see_and_nothing_else(
        self, units_of_work: UnitsOfWork
    ) -> None:
        ada, bob, eve = [await a_kept_user(units_of_work) for _ in range(3)]
        posts = [
            await a_kept_post(units_of_work, author, is_published=is_published)
            for author in (ada, bob)
            for is_published in (True, False, False, True)
        ]
        viewers = (None, ada, bob, eve, replace(eve, role=Role.MANAGER), replace(eve, role=Role.ADMIN))
        for viewer in viewers:
            for author_id in (None, ada.id, bob.id, eve.id, GREATEST_ID):
                for is_published in (None, True, False):
                    wanted = PostFilter(author_id, is_published)
                    expected = [
                        post
                        for post in posts
                        if may_see_post(viewer, post)
                        and author_id in (None, post.author_id)
                        and is_published in (None, post.is_published)
                    ]
                    for sort in SORT_VALUES:
                        request = PageRequest(sort, descending=False, limit=3)
                        assert await _all(units_of_work, request, wanted, viewer) == expected
                    numbered = await _page(units_of_work, replace(OLDEST_FIRST, number=1), wanted, viewer)
                    assert numbered.total == len(expected)

    async def test_every_condition_given_must_be_met_on_every_page(self, units_of_work: UnitsOfWork) -> None:
        ada, bob = await a_kept_user(units_of_work), await a_kept_user(units_of_work)
        met = [await a_kept_post(units_of_work, ada, f"Plants {number}") for number in range(5)]
        for other in (
            replace(met[0], title="Songs"),
            replace(met[0], is_published=False),
            replace(met[0], author_id=bob.id),
        ):
            async with units_of_work() as uow:
                uow.posts.add(replace(other, id=await uow.posts.next_id()))
                await uow.commit()
        wanted = PostFilter(author_id=ada.id, is_published=True, words=("plants",))
        for viewer in (None, ada, replace(bob, role=Role.ADMIN)):
            assert await _all(units_of_work, replace(OLDEST_FIRST, limit=2), wanted, viewer) == met
            page = await _page(units_of_work, replace(OLDEST_FIRST, limit=2, number=2), wanted, viewer)
            assert [found.post for found in page.items] == met[2:4]
            assert page.total == 5

    async def test_a_post_that_is_published_or_taken_back_comes_and_goes(self, units_of_work: UnitsOfWork) -> None:
        author = await a_kept_user(units_of_work)
        await keep(units_of_work, a_post(1, author, is_published=False))
        assert await _all(units_of_work, OLDEST_FIRST) == []
        for version, is_published in ((2, True), (3, False)):
            post = replace(a_post(1, author, is_published=is_published), version=version)
            async with units_of_work() as uow:
                uow.posts.save(post)
                await uow.commit()
            assert await _all(units_of_work, OLDEST_FIRST) == ([post] if is_published else [])
