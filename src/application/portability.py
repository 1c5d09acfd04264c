"""Cheats as files carry them from one Satchel to another: taken out, and taken in again."""

from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, replace
from itertools import chain

from application.paging import LIMIT_MOST, PageRequest
from application.ports.cheats import CheatFilter, CheatSort
from application.ports.unit_of_work import UnitsOfWork
from domain.portability import ExportedCheat
from domain.taxonomy import Tag, name_key
from domain.users import User


@dataclass(frozen=True, slots=True)
class CountCheats:
    """Anyone signed in may count cheats, and the operator at the command line, who is None."""

    units_of_work: UnitsOfWork

    async def __call__(self, actor: User | None, *, wanted: CheatFilter) -> int:
        """Return how many an export of these holds."""
        async with self.units_of_work() as uow:
            request = PageRequest(CheatSort.KEY, descending=False, limit=1, number=1)
            return (await uow.cheats.page(wanted, request, viewer_id=None)).total or 0


@dataclass(frozen=True, slots=True)
class ExportCheats:
    """Anyone signed in may export all cheats, and the operator at the command line, who is None."""

    units_of_work: UnitsOfWork

    async def __call__(self, actor: User | None, *, wanted: CheatFilter) -> AsyncGenerator[ExportedCheat]:
        """Yield the cheats that are wanted, by title as folded, then by key.

        They are read a page at a time, as they are asked for. What is changed meanwhile may come as it was before
        or after, and a cheat under a new title twice or not at all.
        """
        request = PageRequest(CheatSort.KEY, descending=False, limit=LIMIT_MOST)
        while True:
            async with self.units_of_work() as uow:
                page = await uow.cheats.page(wanted, request, viewer_id=None)
                cheats = [seen.cheat for seen in page.items]
                platforms = await uow.platforms.with_ids(_union(cheat.platform_ids for cheat in cheats))
                topics = await uow.topics.with_ids(_union(cheat.topic_ids for cheat in cheats))
            for cheat in cheats:
                yield ExportedCheat(
                    key=cheat.key,
                    title=cheat.title,
                    language=cheat.language,
                    platforms=_names(cheat.platform_ids, platforms),
                    topics=_names(cheat.topic_ids, topics),
                    notes=cheat.notes,
                    code=cheat.code,
                )
            if page.next is None:
                return
            request = replace(request, after=page.next)


def _names(ids: Iterable[int], tags: dict[int, Tag]) -> tuple[str, ...]:
    # Sorted by what makes a name the same in every installation, since ids are not.
    return tuple(sorted((tags[tag_id].name for tag_id in ids if tag_id in tags), key=name_key))


def _union(sets: Iterable[Iterable[int]]) -> frozenset[int]:
    return frozenset(chain.from_iterable(sets))
