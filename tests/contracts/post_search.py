"""What every repository of posts owes when it is searched.

Needs the fixture `units_of_work`, which opens units of work on an empty store.
"""

from dataclasses import replace

import pytest

from application.paging import PageRequest
from application.ports.posts import PostFilter, PostSort
from application.ports.unit_of_work import UnitsOfWork
from domain.posts import Post
from domain.text import fold, normalised
from domain.users import User
from tests.contracts.hostile import LONGEST_CONTENT
from tests.contracts.post_sample import a_kept_post
from tests.contracts.sample import a_kept_user


async def _found(
    units_of_work: UnitsOfWork,
    text: str,
    sort: PostSort = PostSort.CREATED_AT,
    *,
    descending: bool = False,
    viewer: User | None = None,
) -> list[str]:
    """Return the titles of what a search finds, read page by page."""
    wanted = PostFilter(words=tuple(fold(text).split()))
    request = PageRequest(sort, descending=descending, limit=2)
    posts: list[Post] = []
    while True:
        async with units_of_work() as uow:
            page = await uow.posts.page(wanted, request, viewer=viewer)
        posts.extend(found.post for found in page.items)
        if page.next is None:
            return [post.title for post in posts]
        request = replace(request, after=page.next)


async def _keep_titles(units_of_work: UnitsOfWork, *titles: str) -> None:
    author = await a_kept_user(units_of_work)
    for title in titles:
        await a_kept_post(units_of_work, author, title)


@pytest.mark.anyio
class PostSearchContract:
    """Searching finds words and fragments in any script, takes every character at its word, best match first."""

    @pytest.mark.parametrize(
        ("title", "text"),
        [
            ("Repair the café door", "CAFE"),
            ("Repair the cafe\u0301 door", "caf\u00e9"),
            ("Gartenzaun streichen", "tenz"),
            ("Gartenzaun streichen", "g"),
            ("Straße fegen", "STRASSE"),
            ("İstanbul", "istanbul"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("準備會議記錄", "會議"),
            ("ประชุมทีม", "ชุม"),
            ("اجتماع الفريق", "الفر"),
            ("Launch 🚀 today", "🚀"),
            ("Version 1.2.3-rc+4", "2.3-rc+4"),
            ("one two three", "hre wo ne"),
        ],
    )
    async def test_a_fragment_is_found_whatever_its_case_and_accents(
        self, units_of_work: UnitsOfWork, title: str, text: str
    ) -> None:
        author = await a_kept_user(units_of_work)
        for each in ("quid pro quo", title, "dolor"):
            await a_kept_post(units_of_work, author, each, content="quid pro quo")
        assert await _found(units_of_work, text) == [normalised(title)]

    @pytest.mark.parametrize(
        ("title", "lookalike", "text"),
        [
            ("100% done", "1000 done", "100%"),
            ("snake_case", "snakeXcase", "snake_case"),
            ("C:\\temp", "C:temp", "c:\\temp"),
            ("ends in \\", "ends in /", "\\"),
            ("it's so", "its so", "it's"),
            ("!(a|b) c", "a b c d", "!(a|b)"),
            (".* is it", "anything", ".*"),
            (":name", "name.", ":name"),
            ("%s and %(x)s", "s and x", "%s %(x)s"),
            ("<b> is it", "b is it", "<b>"),
        ],
    )
    async def test_every_character_is_plain_text(
        self, units_of_work: UnitsOfWork, title: str, lookalike: str, text: str
    ) -> None:
        await _keep_titles(units_of_work, lookalike, title)
        assert await _found(units_of_work, text) == [title]
        assert await _found(units_of_work, text, PostSort.RELEVANCE, descending=True) == [title]

    async def test_every_word_must_be_somewhere_in_title_or_content(self, units_of_work: UnitsOfWork) -> None:
        author = await a_kept_user(units_of_work)
        for title, content in (
            ("Order paint", "as long as it lasts"),
            ("Order", "the blue Päint"),
            ("Shopping", "order paint"),
            ("Paint", "around the fence"),
        ):
            await a_kept_post(units_of_work, author, title, content=content)
        assert await _found(units_of_work, "paint order") == ["Order paint", "Order", "Shopping"]
        assert await _found(units_of_work, "paint fence blue") == []

    async def test_a_word_does_not_reach_from_title_into_content(self, units_of_work: UnitsOfWork) -> None:
        author = await a_kept_user(units_of_work)
        await a_kept_post(units_of_work, author, "under sun", content="flowers grow")
        assert await _found(units_of_work, "sunflower") == []
        assert await _found(units_of_work, "sun flower") == ["under sun"]

    async def test_the_end_of_the_longest_content_is_found(self, units_of_work: UnitsOfWork) -> None:
        author = await a_kept_user(units_of_work)
        await a_kept_post(units_of_work, author, "longest", content="x" * 99_990 + " the end")
        await a_kept_post(units_of_work, author, "oddest", content=LONGEST_CONTENT)
        assert await _found(units_of_work, "end") == ["longest"]

    async def test_no_words_find_everything(self, units_of_work: UnitsOfWork) -> None:
        await _keep_titles(units_of_work, "one more", "two more")
        assert await _found(units_of_work, "  ") == ["one more", "two more"]

    @pytest.mark.parametrize("word", ["\0", "a\0b", "\ud800", "x" * 100_000])
    async def test_what_no_text_can_hold_is_found_nowhere(self, units_of_work: UnitsOfWork, word: str) -> None:
        await _keep_titles(units_of_work, "a title")
        for number in (None, 1):
            request = PageRequest(PostSort.RELEVANCE, number=number)
            async with units_of_work() as uow:
                page = await uow.posts.page(PostFilter(words=(word,)), request, viewer=None)
            assert (page.items, page.next, page.total) == ((), None, None if number is None else 0)

    async def test_drafts_are_found_by_their_authors_alone(self, units_of_work: UnitsOfWork) -> None:
        ada, bob = await a_kept_user(units_of_work), await a_kept_user(units_of_work)
        await a_kept_post(units_of_work, ada, "Plants, a draft", is_published=False)
        await a_kept_post(units_of_work, ada, "Plants")
        for sort in (PostSort.RELEVANCE, PostSort.CREATED_AT):
            assert await _found(units_of_work, "plants", sort, viewer=ada) == ["Plants, a draft", "Plants"]
            for viewer in (bob, None):
                assert await _found(units_of_work, "plants", sort, viewer=viewer) == ["Plants"]

    async def test_search_sees_a_changed_text_and_forgets_the_old_one(self, units_of_work: UnitsOfWork) -> None:
        author = await a_kept_user(units_of_work)
        post = await a_kept_post(units_of_work, author, "old title", content="old content")
        async with units_of_work() as uow:
            uow.posts.save(replace(post, title="new title", content="new content", version=2))
            await uow.commit()
        assert await _found(units_of_work, "old") == []
        assert await _found(units_of_work, "new content") == ["new title"]

    async def test_the_best_match_comes_first_and_ties_go_by_id(self, units_of_work: UnitsOfWork) -> None:
        author = await a_kept_user(units_of_work)
        for title in (
            "Fence",
            "Fence to PAINT THE second time",
            "Please páint the fence",
            "Paint the fence",
            "We paint the house",
            "PAINT THEM ALL",
            "The paint",
        ):
            await a_kept_post(units_of_work, author, title, content="paint the fence")
        best_first = [
            *("PAINT THEM ALL", "Paint the fence"),
            *("We paint the house", "Please páint the fence", "Fence to PAINT THE second time"),
            *("The paint", "Fence"),
        ]
        assert await _found(units_of_work, "paint the", PostSort.RELEVANCE, descending=True) == best_first
        assert await _found(units_of_work, "paint the", PostSort.RELEVANCE) == best_first[::-1]
