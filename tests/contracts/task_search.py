"""What every repository of tasks owes when it is searched.

Needs the fixture `units_of_work`, which opens units of work on an empty store.
"""

from dataclasses import replace

import pytest

from application.paging import PageRequest
from application.ports.tasks import TaskFilter, TaskSort
from application.ports.unit_of_work import UnitsOfWork
from domain.tasks import Task
from domain.text import fold, normalised
from tests.contracts.sample import a_kept_task, a_kept_user


async def _found(
    units_of_work: UnitsOfWork, text: str, sort: TaskSort = TaskSort.CREATED_AT, *, descending: bool = False
) -> list[str]:
    """Return the titles of what a search finds, read page by page."""
    wanted = TaskFilter(words=tuple(fold(text).split()))
    request = PageRequest(sort, descending=descending, limit=2)
    tasks: list[Task] = []
    while True:
        async with units_of_work() as uow:
            page = await uow.tasks.page(wanted, request)
        tasks.extend(page.items)
        if page.next is None:
            return [task.title for task in tasks]
        request = replace(request, after=page.next)


async def _keep_titles(units_of_work: UnitsOfWork, *titles: str) -> None:
    creator = await a_kept_user(units_of_work)
    for title in titles:
        await a_kept_task(units_of_work, creator, title)


@pytest.mark.anyio
class TaskSearchContract:
    """Searching finds words and fragments in any script, takes every character at its word, best match first."""

    @pytest.mark.parametrize(
        ("title", "text"),
        [
            ("Repair the café door", "CAFE"),
            ("Repair the cafe door", "café"),
            ("Repair the cafe\u0301 door", "caf\u00e9"),
            ("Gartenzaun streichen", "tenz"),
            ("Gartenzaun streichen", "g"),
            ("Straße fegen", "STRASSE"),
            ("STRASSE FEGEN", "straße"),
            ("İstanbul", "istanbul"),
            ("Ünï çödé", "uni code"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("Привет, мир", "ПРИВ"),
            ("準備會議記錄", "會議"),
            ("ประชุมทีม", "ชุม"),
            ("टीम की बैठक", "बैठक"),
            ("اجتماع الفريق", "الفر"),
            ("Launch 🚀 today", "🚀"),
            ("ﬁne", "fine"),
            ("\uff37\uff49\uff44\uff45", "wide"),
            ("Version 1.2.3-rc+4", "2.3-rc+4"),
            ("one two three", "three one"),
            ("one two three", "hre wo ne"),
            ("double double", "double double double"),
        ],
    )
    async def test_a_fragment_is_found_whatever_its_case_and_accents(
        self, units_of_work: UnitsOfWork, title: str, text: str
    ) -> None:
        await _keep_titles(units_of_work, "quid pro quo", title, "lorem")
        assert await _found(units_of_work, text) == [normalised(title)]

    @pytest.mark.parametrize(
        ("title", "lookalike", "text"),
        [
            ("100% done", "1000 done", "100%"),
            ("a % b", "a b", "%"),
            ("snake_case", "snakeXcase", "snake_case"),
            ("a _ b", "a b", "_"),
            ("C:\\temp", "C:temp", "c:\\temp"),
            ("50\\% off", "50% off", "50\\%"),
            ("ends in \\", "ends in /", "\\"),
            ("it's", "its", "it's"),
            ('say "hi"', "say hi", '"hi"'),
            ("a&b", "a b", "a&b"),
            ("!(a|b)", "a b", "!(a|b)"),
            ("x:*", "x", "x:*"),
            ("-not", "not", "-not"),
            (".*", "anything", ".*"),
            ("[a-z]", "abc", "[a-z]"),
            (":name", "name", ":name"),
            ("%s and %(x)s", "s and x", "%s %(x)s"),
            ("<b>", "b", "<b>"),
        ],
    )
    async def test_every_character_is_plain_text(
        self, units_of_work: UnitsOfWork, title: str, lookalike: str, text: str
    ) -> None:
        await _keep_titles(units_of_work, lookalike, title)
        assert await _found(units_of_work, text) == [title]
        assert await _found(units_of_work, text, TaskSort.RELEVANCE, descending=True) == [title]

    async def test_every_word_must_be_somewhere_in_title_or_description(self, units_of_work: UnitsOfWork) -> None:
        creator = await a_kept_user(units_of_work)
        for title, description in (
            ("Order paint", None),
            ("Order", "the blue Päint"),
            ("Shop", "order paint"),
            ("Paint", "the fence"),
            ("Order", None),
            ("Order", ""),
        ):
            await a_kept_task(units_of_work, creator, title, description=description)
        assert await _found(units_of_work, "paint order") == ["Order paint", "Order", "Shop"]
        assert await _found(units_of_work, "paint fence blue") == []

    async def test_a_word_does_not_reach_from_title_into_description(self, units_of_work: UnitsOfWork) -> None:
        creator = await a_kept_user(units_of_work)
        await a_kept_task(units_of_work, creator, "sun", description="flower")
        assert await _found(units_of_work, "sunflower") == []
        assert await _found(units_of_work, "sun flower") == ["sun"]

    async def test_no_words_find_everything(self, units_of_work: UnitsOfWork) -> None:
        await _keep_titles(units_of_work, "one", "two")
        assert await _found(units_of_work, "  ") == ["one", "two"]

    async def test_a_word_longer_than_any_title_finds_nothing(self, units_of_work: UnitsOfWork) -> None:
        await _keep_titles(units_of_work, "one")
        assert await _found(units_of_work, "one" * 3_000) == []

    async def test_a_hundred_words_are_all_looked_for(self, units_of_work: UnitsOfWork) -> None:
        creator = await a_kept_user(units_of_work)
        words = [f"w{number}x" for number in range(100)]
        await a_kept_task(units_of_work, creator, "all", description=" ".join(words))
        await a_kept_task(units_of_work, creator, "all but one", description=" ".join(words[:-1]))
        assert await _found(units_of_work, " ".join(words)) == ["all"]

    async def test_search_sees_a_changed_text_and_forgets_the_old_one(self, units_of_work: UnitsOfWork) -> None:
        creator = await a_kept_user(units_of_work)
        task = await a_kept_task(units_of_work, creator, "old title", description="old words")
        async with units_of_work() as uow:
            uow.tasks.save(replace(task, title="new title", description="new words", version=2))
            await uow.commit()
        assert await _found(units_of_work, "old") == []
        assert await _found(units_of_work, "new words") == ["new title"]

    async def test_the_best_match_comes_first_and_ties_go_by_id(self, units_of_work: UnitsOfWork) -> None:
        creator = await a_kept_user(units_of_work)
        for title, description in (
            ("Fence", "paint the fence"),
            ("Fence to PAINT THE second time", None),
            ("Please páint the fence", None),
            ("Paint the fence", None),
            ("House", "paint the house"),
            ("We paint the house", None),
            ("PAINT THEM ALL", None),
            ("The paint", None),
        ):
            await a_kept_task(units_of_work, creator, title, description=description)
        best_first = [
            *("PAINT THEM ALL", "Paint the fence"),
            *("We paint the house", "Please páint the fence", "Fence to PAINT THE second time"),
            "The paint",
            *("House", "Fence"),
        ]
        assert await _found(units_of_work, "paint the", TaskSort.RELEVANCE, descending=True) == best_first
        assert await _found(units_of_work, "paint the", TaskSort.RELEVANCE) == best_first[::-1]

    @pytest.mark.parametrize("text", ["100%", "_x", "\\d", "it's"])
    async def test_relevance_takes_every_character_at_its_word(
        self, units_of_work: UnitsOfWork, text: str
    ) -> None:
        await _keep_titles(units_of_work, f"go {text} now", f"{text} now", f"1000 yx \\\\ its {text}")
        assert await _found(units_of_work, text, TaskSort.RELEVANCE, descending=True) == [
            f"{text} now",
            f"1000 yx \\\\ its {text}",
            f"go {text} now",
        ]

    async def test_a_position_by_relevance_is_the_rank(self, units_of_work: UnitsOfWork) -> None:
        await _keep_titles(units_of_work, "fence", "the fence", "fences")
        request = PageRequest(TaskSort.RELEVANCE, limit=1)
        ranks: list[object] = []
        while True:
            async with units_of_work() as uow:
                page = await uow.tasks.page(TaskFilter(words=("fence",)), request)
            if page.next is None:
                break
            ranks.append(page.next.value)
            request = replace(request, after=page.next)
        assert ranks == [3, 3]
