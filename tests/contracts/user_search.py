"""What every repository of users owes when it is searched.

Needs the fixture `units_of_work`, which opens units of work on an empty store.
"""

from dataclasses import replace
from itertools import product

import pytest

from application.paging import Page, PageRequest
from application.ports.unit_of_work import UnitsOfWork
from application.ports.users import UserFilter, UserSort
from domain.text import fold, normalised
from domain.users import User
from tests.contracts.sample import a_kept_user, a_user, keep


async def _page(units_of_work: UnitsOfWork, wanted: UserFilter, request: PageRequest[UserSort]) -> Page[User]:
    async with units_of_work() as uow:
        return await uow.users.page(wanted, request)


async def _found(
    units_of_work: UnitsOfWork,
    text: str,
    sort: UserSort = UserSort.CREATED_AT,
    *,
    looks_into_emails: bool = False,
    descending: bool = False,
) -> list[str]:
    """Return the names of those whom a search finds, read page by page."""
    wanted = UserFilter(words=tuple(fold(text).split()), looks_into_emails=looks_into_emails)
    request = PageRequest(sort, descending=descending, limit=2)
    names: list[str] = []
    while True:
        page = await _page(units_of_work, wanted, request)
        names.extend(user.username for user in page.items)
        if page.next is None:
            return names
        request = replace(request, after=page.next)


@pytest.mark.anyio
class UserSearchContract:
    """Searching finds fragments of names in any script, and of addresses where that is asked for."""

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("José", "jose"),
            ("jose", "JOSÉ"),
            ("straße", "STRASSE"),
            ("grace.hopper", "hop"),
            ("grace.hopper", "g"),
            ("grace.hopper", "hopper grace"),
            ("grace.hopper", "race.hop"),
            ("\u0130rmak", "irmak"),
            ("σίσυφος", "ΣΊΣΥΦΟΣ"),
            ("Андрей", "андреи"),
            ("山田太郎", "太郎"),
            ("ﬁnn", "finn"),
        ],
    )
    async def test_a_fragment_is_found_whatever_its_case_and_accents(
        self, units_of_work: UnitsOfWork, name: str, text: str
    ) -> None:
        for each in ("quux", name, "lorem"):
            await a_kept_user(units_of_work, each)
        assert await _found(units_of_work, text) == [normalised(name)]

    async def test_addresses_are_searched_only_where_that_is_asked_for(self, units_of_work: UnitsOfWork) -> None:
        await a_kept_user(units_of_work, "ada", email="Countess@Lovelace.example.org")
        await a_kept_user(units_of_work, "countess-eve")
        assert await _found(units_of_work, "countess") == ["countess-eve"]
        assert await _found(units_of_work, "COUNTESS", looks_into_emails=True) == ["ada", "countess-eve"]

    async def test_each_word_may_be_in_name_or_address_but_not_across_both(
        self, units_of_work: UnitsOfWork
    ) -> None:
        await a_kept_user(units_of_work, "ada", email="king@lovelace.example.org")
        await a_kept_user(units_of_work, "ada.king")
        await a_kept_user(units_of_work, "adam")
        assert await _found(units_of_work, "ada king", looks_into_emails=True) == ["ada", "ada.king"]
        assert await _found(units_of_work, "ada lovelace", looks_into_emails=True) == ["ada"]
        assert await _found(units_of_work, "adaking", looks_into_emails=True) == []

    @pytest.mark.parametrize(
        ("name", "email", "text"),
        [
            ("snake_case", None, "snake_case"),
            ("a_b", None, "_"),
            ("a-b", None, "-b"),
            ("a.b", None, "a.b"),
            ("percent", "50%off@example.org", "50%"),
            ("brien", "o'brien+x@example.org", "o'brien+x"),
            ("braces", "{0}$x&y|z*@example.org", "{0}$x&y|z*"),
        ],
    )
    async def test_every_character_is_plain_text(
        self, units_of_work: UnitsOfWork, name: str, email: str | None, text: str
    ) -> None:
        await a_kept_user(units_of_work, "snakeXcase", email="500off@example.org")
        await a_kept_user(units_of_work, "axb", email="oxbrien+x@example.org")
        await a_kept_user(units_of_work, name, email=email)
        for sort in (UserSort.CREATED_AT, UserSort.RELEVANCE):
            assert await _found(units_of_work, text, sort, looks_into_emails=True) == [name]

    @pytest.mark.parametrize(
        "text",
        [
            "%",
            "\\",
            "\\_",
            "a\\",
            "'",
            "' OR true --",
            ".*",
            "[a-z]",
            ":name",
            "%(role)s",
            "\0",
            "ad\ud800",
            "a" * 9000,
        ],
    )
    async def test_hostile_words_find_nobody(self, units_of_work: UnitsOfWork, text: str) -> None:
        await a_kept_user(units_of_work, "ada", email="ada@example.org")
        words = (text,)
        for sort, looks_into_emails in product(UserSort, (False, True)):
            wanted = UserFilter(words=words, looks_into_emails=looks_into_emails)
            assert await _page(units_of_work, wanted, PageRequest(sort)) == Page((), None)
            assert await _page(units_of_work, wanted, PageRequest(sort, number=1)) == Page((), None, 0)

    async def test_search_sees_a_changed_name_and_forgets_the_old_one(self, units_of_work: UnitsOfWork) -> None:
        user = await a_kept_user(units_of_work, "before", email="before@example.org")
        async with units_of_work() as uow:
            uow.users.save(replace(user, username="After", email="after@example.org", version=2))
            await uow.commit()
        assert await _found(units_of_work, "before", looks_into_emails=True) == []
        assert await _found(units_of_work, "after") == ["After"]

    async def test_the_best_match_comes_first_and_ties_go_by_id(self, units_of_work: UnitsOfWork) -> None:
        for name, email in (
            ("eve", "ann@example.org"),
            ("joann", None),
            ("Ann", None),
            ("mary-ANN", None),
            ("Änne", None),
            ("bob", "annie@example.org"),
        ):
            await a_kept_user(units_of_work, name, email=email)
        best_first = ["Änne", "Ann", "mary-ANN", "joann", "bob", "eve"]
        for descending, expected in ((True, best_first), (False, best_first[::-1])):
            assert expected == await _found(
                units_of_work, "ann", UserSort.RELEVANCE, looks_into_emails=True, descending=descending
            )

    async def test_of_several_words_each_alone_ranks_below_all_in_a_row(self, units_of_work: UnitsOfWork) -> None:
        users = [a_user(n, name) for n, name in enumerate(("lee-ann", "ann-lee", "ann"), start=1)]
        # No name holds a blank, so no number of names holds two words in a row: the port knows texts, not names.
        await keep(units_of_work, *users, replace(users[0], id=4, username="Ann Lee"))
        found = await _found(units_of_work, "ann lee", UserSort.RELEVANCE, descending=True)
        assert found == ["Ann Lee", "ann-lee", "lee-ann"]
