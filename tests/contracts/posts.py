"""What every repository of posts owes when it keeps them.

Needs the fixture `units_of_work`, which opens units of work on an empty store.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given

from application.ports.posts import AuthoredPost
from application.ports.unit_of_work import UnitsOfWork
from domain.errors import NotFound, Stale
from domain.posts import Post, PostChanges
from domain.users import UserChanges
from tests.contracts import hostile
from tests.contracts.post_sample import a_kept_post, a_post, read_post, stored_post
from tests.contracts.sample import GREATEST_ID, NOON, a_kept_user, a_user, keep, race


async def _save(units_of_work: UnitsOfWork, post: Post) -> Post:
    async with units_of_work() as uow:
        uow.posts.save(post)
        await uow.commit()
    return post


async def _remove(units_of_work: UnitsOfWork, post: Post) -> None:
    async with units_of_work() as uow:
        uow.posts.remove(post)
        await uow.commit()


@pytest.mark.anyio
class PostRepositoryContract:
    """Posts come back as they were kept, with their authors' names; nobody overwrites what they have not read."""

    @hostile.settings
    @given(drawn=hostile.posts(), next_state=hostile.posts())
    async def test_every_field_reads_back_as_it_was_added_and_as_it_was_saved(
        self, units_of_work: UnitsOfWork, drawn: Post, next_state: Post
    ) -> None:
        author = await a_kept_user(units_of_work)
        async with units_of_work() as uow:
            post_id = await uow.posts.next_id()
        added = replace(drawn, id=post_id, author_id=author.id)
        await keep(units_of_work, added)
        assert await read_post(units_of_work, post_id) == AuthoredPost(added, author.username, author.updated_at)
        saved = replace(
            next_state, id=post_id, author_id=author.id, created_at=added.created_at, version=added.version + 1
        )
        await _save(units_of_work, saved)
        assert await read_post(units_of_work, post_id) == AuthoredPost(saved, author.username, author.updated_at)

    @pytest.mark.parametrize("text", hostile.TEXTS)
    async def test_any_text_reads_back_unchanged(self, units_of_work: UnitsOfWork, text: str) -> None:
        author = await a_kept_user(units_of_work)
        text = f"{text} and {text} again"
        post = replace(a_post(1, author), title=text[:200], content=text)
        await keep(units_of_work, post)
        assert await stored_post(units_of_work, 1) == post

    @pytest.mark.parametrize("title", hostile.LONGEST_POST_TITLES)
    async def test_the_longest_texts_fit(self, units_of_work: UnitsOfWork, title: str) -> None:
        author = await a_kept_user(units_of_work)
        post = a_post(1, author, title, content=hostile.LONGEST_CONTENT)
        await keep(units_of_work, post)
        assert await stored_post(units_of_work, 1) == post
        changed = post.change(PostChanges(content=hostile.LONGEST_CONTENT[::-1]), at=NOON)
        assert await stored_post(units_of_work, (await _save(units_of_work, changed)).id) == changed

    @pytest.mark.parametrize("moment", hostile.MOMENTS)
    async def test_any_moment_reads_back_to_the_microsecond_and_in_utc(
        self, units_of_work: UnitsOfWork, moment: datetime
    ) -> None:
        await keep(units_of_work, a_post(1, await a_kept_user(units_of_work), at=moment))
        post = await stored_post(units_of_work, 1)
        assert post is not None
        for read in (post.created_at, post.updated_at):
            assert read == moment
            assert read.utcoffset() == timedelta(0)

    async def test_the_greatest_ids_fit(self, units_of_work: UnitsOfWork) -> None:
        author = a_user(GREATEST_ID)
        post = a_post(GREATEST_ID, author)
        await keep(units_of_work, author, post)
        assert await stored_post(units_of_work, GREATEST_ID) == post

    async def test_an_unknown_id_is_no_post(self, units_of_work: UnitsOfWork) -> None:
        await a_kept_post(units_of_work, await a_kept_user(units_of_work))
        for unknown in (GREATEST_ID, 0, -1):
            assert await stored_post(units_of_work, unknown) is None

    async def test_the_author_is_called_what_they_are_called_now(self, units_of_work: UnitsOfWork) -> None:
        author = await a_kept_user(units_of_work, "before")
        post = await a_kept_post(units_of_work, author)
        renamed = author.change(UserChanges(username="after"), at=NOON)
        async with units_of_work() as uow:
            uow.users.save(renamed)
            await uow.commit()
        assert await read_post(units_of_work, post.id) == AuthoredPost(post, "after", NOON)

    async def test_a_deleted_author_still_has_their_posts_and_their_name(self, units_of_work: UnitsOfWork) -> None:
        author = await a_kept_user(units_of_work, "gone")
        post = await a_kept_post(units_of_work, author)
        async with units_of_work() as uow:
            uow.users.save(author.delete(at=NOON))
            await uow.commit()
        assert await read_post(units_of_work, post.id) == AuthoredPost(post, "gone", NOON)

    async def test_a_removed_post_is_gone_and_its_id_with_it(self, units_of_work: UnitsOfWork) -> None:
        author = await a_kept_user(units_of_work)
        post = await a_kept_post(units_of_work, author)
        await _remove(units_of_work, post)
        assert await stored_post(units_of_work, post.id) is None
        assert (await a_kept_post(units_of_work, author)).id != post.id

    async def test_an_author_who_does_not_exist_is_refused(self, units_of_work: UnitsOfWork) -> None:
        with pytest.raises(NotFound):
            await keep(units_of_work, a_post(1, a_user(GREATEST_ID)))
        assert await stored_post(units_of_work, 1) is None

    async def test_a_state_that_is_not_the_next_one_is_stale(self, units_of_work: UnitsOfWork) -> None:
        post = await a_kept_post(units_of_work, await a_kept_user(units_of_work))
        for version in (1, 3):
            with pytest.raises(Stale):
                await _save(units_of_work, replace(post, title="Too late", version=version))
        assert await stored_post(units_of_work, post.id) == post

    async def test_a_removal_of_what_moved_on_is_stale(self, units_of_work: UnitsOfWork) -> None:
        post = await a_kept_post(units_of_work, await a_kept_user(units_of_work))
        changed = await _save(units_of_work, post.change(PostChanges(is_published=False), at=NOON))
        with pytest.raises(Stale):
            await _remove(units_of_work, post)
        assert await stored_post(units_of_work, post.id) == changed

    async def test_what_is_gone_can_neither_be_saved_nor_removed_again(self, units_of_work: UnitsOfWork) -> None:
        post = await a_kept_post(units_of_work, await a_kept_user(units_of_work))
        await _remove(units_of_work, post)
        with pytest.raises(Stale):
            await _save(units_of_work, post.change(PostChanges(title="Back again"), at=NOON))
        with pytest.raises(Stale):
            await _remove(units_of_work, post)
        assert await stored_post(units_of_work, post.id) is None

    async def test_of_twenty_racing_changes_exactly_one_wins(self, units_of_work: UnitsOfWork) -> None:
        post = await a_kept_post(units_of_work, await a_kept_user(units_of_work))
        changes = [post.change(PostChanges(title=f"Title {number}"), at=NOON) for number in range(20)]
        winners, losers = await race(_save(units_of_work, changed) for changed in changes)
        assert {type(loser) for loser in losers} == {Stale}
        assert winners == [await stored_post(units_of_work, post.id)]

    async def test_no_id_is_given_twice(self, units_of_work: UnitsOfWork) -> None:
        async def next_id() -> int:
            async with units_of_work() as uow:
                return await uow.posts.next_id()

        ids = await asyncio.gather(*(next_id() for _ in range(200)))
        assert len(set(ids)) == 200
        assert min(ids) >= 1
