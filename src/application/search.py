"""One search over everything."""

import asyncio
from dataclasses import dataclass

from application.paging import Page, PageRequest
from application.ports.search import SearchFilter, SearchHit, SearchSort
from application.ports.unit_of_work import UnitsOfWork
from domain.errors import Fault, Invalid
from domain.snippets import snippet
from domain.users import User


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Something found, and the piece of its text that shows why: HTML, safe to insert as it is."""

    hit: SearchHit
    snippet: str


@dataclass(frozen=True, slots=True)
class SearchEverything:
    """Anyone signed in may search whatever they may read."""

    units_of_work: UnitsOfWork

    async def __call__(
        self, actor: User, *, wanted: SearchFilter, request: PageRequest[SearchSort]
    ) -> Page[SearchResult]:
        """Return a page of what is found.

        Raises:
            Invalid: there is no word to look for.
        """
        if not wanted.words:
            raise Invalid(Fault("q", "must hold a word to look for"))
        async with self.units_of_work() as uow:
            page = await uow.search.page(wanted, request, viewer=actor)
        results: list[SearchResult] = []
        for hit in page.items:
            results.append(SearchResult(hit, snippet(hit.texts, wanted.words)))
            # The longest texts take long to look through; meanwhile others get their turn.
            await asyncio.sleep(0)
        return Page(tuple(results), page.next, page.total)
