"""What every repository of cheats owes when it is searched.

Needs the fixture `units_of_work`, which opens units of work on an empty store.
"""

from dataclasses import replace

import pytest
from hypothesis import strategies as st

from application.paging import Page, PageRequest
from application.ports.cheats import CheatFilter, CheatSort
from application.ports.unit_of_work import UnitsOfWork
from domain.cheats import CODE_MOST, Cheat
from domain.text import fold, normalised, starts
from domain.users import User
from tests.contracts import hostile
from tests.contracts.properties import for_all
from tests.contracts.sample import a_kept_cheat, a_kept_user

# Letters that fold, signs that mean something to a database, and blanks: few, so that fragments meet.
ALPHABET = "aAäbBß\u017fİ\u0131éΣς1²ﬁ中🚀%_\\'\"&|!<>:*()-+#.$ \n"


async def _cheats(units_of_work: UnitsOfWork, wanted: CheatFilter, request: PageRequest[CheatSort]) -> list[Cheat]:
    """Read page by page."""
    cheats: list[Cheat] = []
    while True:
        async with units_of_work() as uow:
            page = await uow.cheats.page(wanted, request, viewer_id=None)
        cheats.extend(seen.cheat for seen in page.items)
        if page.next is None:
            return cheats
        request = replace(request, after=page.next)


async def _found(
    units_of_work: UnitsOfWork, text: str, sort: CheatSort = CheatSort.CREATED_AT, *, descending: bool = False
) -> list[str]:
    """Return the titles of what a search finds."""
    wanted = CheatFilter(words=tuple(fold(text).split()))
    request = PageRequest(sort, descending=descending, limit=2)
    return [cheat.title for cheat in await _cheats(units_of_work, wanted, request)]


async def _keep_titles(units_of_work: UnitsOfWork, *titles: str) -> User:
    owner = await a_kept_user(units_of_work)
    for title in titles:
        await a_kept_cheat(units_of_work, owner, title)
    return owner


def _holds(cheat: Cheat, words: tuple[str, ...]) -> bool:
    text = "\n".join(map(fold, (cheat.title, cheat.notes, cheat.code)))
    return all(word in (text if len(word) > 2 else starts(text)) for word in words)


def _rank(cheat: Cheat, words: tuple[str, ...]) -> int:
    title, phrase = fold(cheat.title), " ".join(words)
    if title.startswith(phrase):
        return 3
    if phrase in title:
        return 2
    return int(all(word in title for word in words))


@st.composite
def _shelves(draw: st.DrawFn) -> tuple[list[tuple[str, str, str]], tuple[str, ...]]:
    """Draw the texts of some cheats, and words of which most are cut from them."""
    text = st.text(ALPHABET, max_size=12) | st.sampled_from(hostile.TEXTS)
    titles = st.text(ALPHABET, min_size=1, max_size=12).map(lambda title: f"x{title}")
    texts = draw(st.lists(st.tuples(titles.map(normalised), text, text), min_size=1, max_size=4))
    whole = " ".join(fold(each) for texts_of_one in texts for each in texts_of_one)
    words: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(whole) - 1))
        cut = whole[start : start + draw(st.integers(1, 6))]
        words.extend((cut if draw(st.integers(0, 5)) else fold(draw(text))).split()[:2])
    return texts, tuple(words)


@pytest.mark.anyio
class CheatSearchContract:
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
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("Привет, мир", "ПРИВ"),
            ("準備會議記錄", "會議記"),
            ("準備會議記錄", "會議"),
            ("ประชุมทีม", "ประช"),
            ("टीम की बैठक", "बैठक"),
            ("اجتماع الفريق", "الفر"),
            ("Launch 🚀 today", "🚀"),
            ("ﬁne", "fine"),
            ("Version 1.2.3-rc+4", "2.3-rc+4"),
            ("one two three", "three one"),
            ("git rebase --onto", "rebas --on git"),
            ("find . -name '*.py'", "-name '*.py'"),
        ],
    )
    async def test_a_fragment_is_found_whatever_its_case_and_accents(
        self, units_of_work: UnitsOfWork, title: str, text: str
    ) -> None:
        await _keep_titles(units_of_work, "quid pro quo", title, "lorem")
        assert await _found(units_of_work, text) == [normalised(title)]

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("g", ["go", "git log"]),
            ("GO", ["go"]),
            ("o", ["obj.on"]),
            ("on", ["obj.on"]),
            ("gi", ["git log"]),
            ("it", []),
            ("lo", ["git log"]),
            ("g l", ["git log"]),
            ("c", ["C# and F#", "(ça)"]),
            ("c#", ["C# and F#"]),
            ("#", ["C# and F#"]),
            ("f#", ["C# and F#"]),
            ("(", ["(ça)"]),
            ("(c", ["(ça)"]),
            ("->", ["a->b"]),
            ("b", ["a->b"]),
            (">", []),
            ("x", []),
        ],
    )
    async def test_one_or_two_characters_are_found_where_words_begin(
        self, units_of_work: UnitsOfWork, text: str, found: list[str]
    ) -> None:
        await _keep_titles(units_of_work, "go", "git log", "obj.on", "C# and F#", "(ça)", "a->b")
        assert await _found(units_of_work, text) == found

    @pytest.mark.parametrize(
        ("title", "lookalike", "text"),
        [
            ("100% done", "1000 done", "100%"),
            ("snake_case", "snakeXcase", "snake_case"),
            ("C:\\temp", "C:temp", "\\temp"),
            ("it's here", "its here", "it's"),
            ('say "hi"', "say hi", '"hi"'),
            ("a\\%b", "a%b", "a\\%b"),
            ("\\\\server", "\\server", "\\\\server"),
            ("this & that", "this that", "this &"),
            ("cats | dogs", "cats dogs", "cats | dogs"),
            ("!important", "important", "!important"),
            ("foo:*bar", "foobar", "foo:*"),
            ("cats <-> dogs", "cats dogs", "<->"),
            ("red or blue", "red blue", "red or blue"),
            ("-not", "not", "-not"),
            ("(a|b)*c", "abc", "(a|b)*c"),
            ("[a-z]", "abc", "[a-z]"),
            (":name", "name", ":name"),
            ("%s and %(x)s", "s and x", "%(x)s"),
            ("{curly,braces}", "curly braces", "{curly,braces}"),
            ("<b>", "b", "<b>"),
        ],
    )
    async def test_every_character_is_plain_text(
        self, units_of_work: UnitsOfWork, title: str, lookalike: str, text: str
    ) -> None:
        await _keep_titles(units_of_work, lookalike, title)
        assert await _found(units_of_work, text) == [title]
        assert await _found(units_of_work, text, CheatSort.RELEVANCE, descending=True) == [title]

    @pytest.mark.parametrize(
        "word",
        ["%", "_", "\\", "'", '"', "%%%", "___", "\\\\\\", "'''", "{}", ",", "null", "\0", "ada\0", "\ud800x"],
    )
    async def test_hostile_words_find_nothing_that_does_not_hold_them(
        self, units_of_work: UnitsOfWork, word: str
    ) -> None:
        await _keep_titles(units_of_work, "ada", "NUL", "200 x")
        for sort in CheatSort:
            wanted = CheatFilter(words=(word,))
            async with units_of_work() as uow:
                pages = [
                    await uow.cheats.page(wanted, request, viewer_id=None)
                    for request in (PageRequest(sort), PageRequest(sort, number=1))
                ]
            assert pages == [Page((), None), Page((), None, 0)]

    async def test_every_word_must_be_somewhere_in_title_notes_or_code(self, units_of_work: UnitsOfWork) -> None:
        owner = await a_kept_user(units_of_work)
        for title, notes, code in (
            ("Order paint now", "", ""),
            ("Order", "the blue Päint", "now()"),
            ("Order", "now", "paint"),
            ("now", "paint", "ORDER BY"),
            ("Order", "paint", ""),
            ("Order now", "", "pain"),
        ):
            await a_kept_cheat(units_of_work, owner, title, notes=notes, code=code)
        assert await _found(units_of_work, "paint order now") == ["Order paint now", "Order", "Order", "now"]
        assert await _found(units_of_work, "paint order blue fence") == []

    async def test_a_word_does_not_reach_from_one_text_into_the_next(self, units_of_work: UnitsOfWork) -> None:
        owner = await a_kept_user(units_of_work)
        await a_kept_cheat(units_of_work, owner, "sun", notes="flower", code="pot")
        assert await _found(units_of_work, "sunflower") == []
        assert await _found(units_of_work, "flowerpot") == []
        assert await _found(units_of_work, "sun flower pot") == ["sun"]

    async def test_the_end_of_the_longest_code_is_found(self, units_of_work: UnitsOfWork) -> None:
        owner = await a_kept_user(units_of_work)
        code = "lorem ipsum " * (CODE_MOST // 12 - 2) + "needle -> x"
        await a_kept_cheat(units_of_work, owner, "long", code=code)
        await a_kept_cheat(units_of_work, owner, "short", code="lorem")
        assert await _found(units_of_work, "NEEDLE -> x") == ["long"]

    async def test_no_words_find_everything(self, units_of_work: UnitsOfWork) -> None:
        await _keep_titles(units_of_work, "one", "two")
        assert await _found(units_of_work, "  ") == ["one", "two"]

    async def test_a_word_longer_than_any_text_finds_nothing(self, units_of_work: UnitsOfWork) -> None:
        await _keep_titles(units_of_work, "one")
        assert await _found(units_of_work, "one" * 3_000) == []

    async def test_search_sees_a_changed_text_and_forgets_the_old_one(self, units_of_work: UnitsOfWork) -> None:
        owner = await a_kept_user(units_of_work)
        cheat = await a_kept_cheat(units_of_work, owner, "old title", notes="old words", code="x()")
        async with units_of_work() as uow:
            uow.cheats.save(replace(cheat, title="new title", notes="new words", code="y()", version=2))
            await uow.commit()
        assert await _found(units_of_work, "old") == []
        assert await _found(units_of_work, "x") == []
        assert await _found(units_of_work, "new words y") == ["new title"]

    async def test_the_best_match_comes_first_and_ties_go_by_id(self, units_of_work: UnitsOfWork) -> None:
        owner = await a_kept_user(units_of_work)
        for title, notes, code in (
            ("Fence", "paint the fence", ""),
            ("Fence to PAINT THE second time", "", ""),
            ("Please páint the fence", "", ""),
            ("Paint the fence", "", ""),
            ("House", "", "paint(the.house)"),
            ("We paint the house", "", ""),
            ("PAINT THEM ALL", "", ""),
            ("The paint", "", ""),
        ):
            await a_kept_cheat(units_of_work, owner, title, notes=notes, code=code)
        best_first = [
            *("PAINT THEM ALL", "Paint the fence"),
            *("We paint the house", "Please páint the fence", "Fence to PAINT THE second time"),
            "The paint",
            *("House", "Fence"),
        ]
        assert await _found(units_of_work, "paint the", CheatSort.RELEVANCE, descending=True) == best_first
        assert await _found(units_of_work, "paint the", CheatSort.RELEVANCE) == best_first[::-1]

    async def test_a_position_by_relevance_is_the_rank(self, units_of_work: UnitsOfWork) -> None:
        await _keep_titles(units_of_work, "fence", "the fence", "fences")
        request = PageRequest(CheatSort.RELEVANCE, limit=1)
        ranks: list[object] = []
        while True:
            async with units_of_work() as uow:
                page = await uow.cheats.page(CheatFilter(words=("fence",)), request, viewer_id=None)
            if page.next is None:
                break
            ranks.append(page.next.value)
            request = replace(request, after=page.next)
        assert ranks == [3, 3]

    async def test_what_is_found_and_in_what_order_is_what_looking_at_each_text_finds(
        self, units_of_work: UnitsOfWork
    ) -> None:
        found_sizes: list[int] = []

        async def examine(drawn: tuple[list[tuple[str, str, str]], tuple[str, ...]]) -> None:
            texts, words = drawn
            owner = await a_kept_user(units_of_work)
            cheats = [
                await a_kept_cheat(units_of_work, owner, title, notes=normalised(notes), code=normalised(code))
                for title, notes, code in texts
            ]
            expected = [cheat for cheat in cheats if _holds(cheat, words)]
            found_sizes.append(len(expected))
            wanted = CheatFilter(owner_id=owner.id, words=words)
            oldest_first = PageRequest(CheatSort.CREATED_AT, descending=False, limit=3)
            assert await _cheats(units_of_work, wanted, oldest_first) == expected
            best_first = sorted(expected, key=lambda cheat: (_rank(cheat, words), cheat.id), reverse=True)
            assert await _cheats(units_of_work, wanted, PageRequest(CheatSort.RELEVANCE, limit=3)) == best_first

        await for_all(_shelves(), examine, examples=100)
        # Else it would prove little.
        assert sum(map(bool, found_sizes)) > 30
        assert sum(not size for size in found_sizes) > 10
