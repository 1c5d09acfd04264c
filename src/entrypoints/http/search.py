"""One search over everything, over HTTP."""

from typing import Annotated, Any

import msgspec
from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import SkipValidation
from msgspec import Meta

from application.auth import Identity
from application.ports.search import SearchFilter, SearchKind, SearchSort
from application.search import SearchEverything, SearchResult
from entrypoints.http.answers import Answer
from entrypoints.http.input import read_query
from entrypoints.http.paging import Cursors, ListQuery, page_headers, page_request
from entrypoints.http.words import words_of


class SearchResultOut(msgspec.Struct, rename="camel"):
    """Something found: `id` is that of the task, cheat or post, by `type`."""

    type: SearchKind
    id: int
    title: Annotated[str, Meta(description="Plain text, not HTML.")]
    snippet: Annotated[
        str,
        Meta(
            description=(
                "A piece of its text, around the matches where there are any. This is HTML, safe to insert as it "
                "is: the text is escaped, and `<mark>` around the matches is the only element."
            ),
            examples=["…for a tree: <mark>plant</mark> it &amp; water it"],
        ),
    ]
    score: Annotated[
        float,
        Meta(
            description=(
                "1: the title begins with what was searched for. 0.75: it holds it in one piece. 0.5: it holds "
                "each of the words. 0.25: some are in the rest of the text only."
            ),
            examples=[0.75],
        ),
    ]


class SearchQuery(ListQuery, frozen=True, kw_only=True):
    """What to look for, and among what."""

    q: Annotated[
        str,
        Meta(
            max_length=200,
            description="Up to 8 different words or fragments, each somewhere in a thing's title or text.",
            examples=["plant tree"],
        ),
    ]
    type: Annotated[
        tuple[SearchKind, ...], Meta(description="Any of these, separated by commas. Default: all.")
    ] = ()


def _query(request: Request[Any, Any, Any]) -> SearchQuery:
    return read_query(request, SearchQuery)


class SearchController(Controller):
    """`/search`."""

    tags = ("Search",)

    @get(
        "/search",
        summary="Search everything",
        dependencies={"search_query": Provide(_query, sync_to_thread=False)},
        opt={"query": SearchQuery},
    )
    async def search_everything(
        self,
        request: Request[Any, Any, Any],
        identity: NamedDependency[SkipValidation[Identity]],
        search_query: NamedDependency[SkipValidation[SearchQuery]],
        search_everything: NamedDependency[SkipValidation[SearchEverything]],
        cursors: NamedDependency[SkipValidation[Cursors]],
    ) -> Response[tuple[SearchResultOut, ...]]:
        """Return what is found, a page at a time: the best match first, and of equal ones what changed last."""
        wanted = SearchFilter(words=words_of(search_query.q), kinds=frozenset(search_query.type))
        asked = page_request(request, search_query, cursors, sort=SearchSort.RELEVANCE, descending=True)
        page = await search_everything(identity.user, wanted=wanted, request=asked)
        return Answer(tuple(map(_result_out, page.items)), headers=page_headers(request, asked, page, cursors))


def _result_out(result: SearchResult) -> SearchResultOut:
    hit = result.hit
    return SearchResultOut(type=hit.kind, id=hit.id, title=hit.title, snippet=result.snippet, score=hit.score)
