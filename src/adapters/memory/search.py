"""Everything in memory, searched at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter

from adapters.memory import cheats, posts
from adapters.memory.paging import page_of
from adapters.memory.store import InMemoryStore, Tables
from adapters.memory.words import relevance
from application.paging import Page, PageRequest
from application.ports.search import SearchFilter, SearchHit, SearchKind, SearchRepository, SearchSort
from application.ports.tasks import TaskFilter
from domain.access import may_see_post
from domain.text import fold
from domain.users import User


@dataclass(frozen=True, slots=True)
class InMemorySearchRepository(SearchRepository):
    """Tasks, cheats and posts."""

    store: InMemoryStore

    async def page(
        self, wanted: SearchFilter, request: PageRequest[SearchSort], *, viewer: User
    ) -> Page[SearchHit]:
        """Return a page of what is found: of all tasks and cheats, and of the posts that this user may see."""
        hits = _hits(await self.store.read(), wanted.words, viewer)
        return page_of(
            (hit for hit in hits if not wanted.kinds or hit.kind in wanted.kinds),
            request,
            position=attrgetter("position"),
        )


def _hits(tables: Tables, words: tuple[str, ...], viewer: User) -> Iterator[SearchHit]:
    for task in tables.tasks.values():
        if TaskFilter(words=words).includes(task):
            yield SearchHit(
                kind=SearchKind.TASK,
                id=task.id,
                title=task.title,
                texts=(task.description or "",),
                relevance=relevance(fold(task.title), words),
                updated_at=task.updated_at,
            )
    for cheat in tables.cheats.values():
        if cheats.holds(cheat, words):
            yield SearchHit(
                kind=SearchKind.CHEAT,
                id=cheat.id,
                title=cheat.title,
                texts=(cheat.notes, cheat.code),
                relevance=relevance(fold(cheat.title), words),
                updated_at=cheat.updated_at,
            )
    for post in tables.posts.values():
        if may_see_post(viewer, post) and posts.holds(post, words):
            yield SearchHit(
                kind=SearchKind.POST,
                id=post.id,
                title=post.title,
                texts=(post.content,),
                relevance=relevance(fold(post.title), words),
                updated_at=post.updated_at,
            )
