"""Finding cheats in a browser: lists of them, with all that narrows a list in its address."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Controller, Request, Response, get
from litestar.di import NamedDependency
from litestar.params import SkipValidation
from litestar.response import Stream
from markupsafe import Markup

from application.cheats import ListCheats
from application.portability import ExportCheats
from application.ports.cheats import SeenCheat
from application.taxonomy import ListTags
from application.users import NameUsers
from domain.taxonomy import TagKind
from entrypoints.http.cheat_structs import CheatExportQuery, CheatQuery, cheat_sort, wanted_cheats
from entrypoints.http.input import read_query
from entrypoints.http.paging import Cursors, page_request
from entrypoints.http.portability import cheat_file
from entrypoints.web.answers import page
from entrypoints.web.browser import Browser
from entrypoints.web.forms import Form, empty_form, show_again
from entrypoints.web.highlighting import beginning, highlighted
from entrypoints.web.lists import pager
from entrypoints.web.tags import Tags, all_tags

LIBRARY: Final = "/cheats"
"""Where cheats are listed."""

_LIST: Final = "cheats/library.html"


class SearchForm(Form):
    """What is searched for."""

    labels = {"q": "Search"}  # noqa: RUF012  # never written

    q: str | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A cheat at a glance.

    Attributes:
        seen: the cheat.
        owner: the username of who wrote it.
        excerpt: how its code begins, in colours.
        is_whole: whether that is all of the code.
        platforms: their ids and names.
        topics: their ids and names.
    """

    seen: SeenCheat
    owner: str
    excerpt: Markup
    is_whole: bool
    platforms: list[tuple[int, str]]
    topics: list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class View:
    """The list that someone looks at, and from it the addresses of lists like it.

    Attributes:
        query: what it was asked for with.
        filters: that without its place, each parameter with its values.
    """

    query: CheatQuery
    filters: Mapping[str, Sequence[str]]

    def path(self, path: str = LIBRARY, **changes: str | None) -> str:
        """Return the address of the list with these parameters instead; None leaves one out."""
        kept = {name: values for name, values in self.filters.items() if name not in changes}
        given = {name: [value] for name, value in changes.items() if value is not None}
        query = urlencode({**kept, **given}, doseq=True)
        return f"{path}?{query}" if query else path

    @property
    def is_narrowed(self) -> bool:
        """Whether it leaves out any cheat."""
        return bool(set(self.filters) - {"sort"})

    @property
    def sorts(self) -> list[tuple[str | None, str]]:
        """What it can be sorted by: values of the parameter, and their names."""
        if self.query.q:
            return [(None, "Best match"), ("-createdAt", "Newest"), ("title", "Title")]
        return [(None, "Newest"), ("-updatedAt", "Lately changed"), ("title", "Title")]


class LibraryController(Controller):
    """`/cheats`."""

    path = LIBRARY

    @get(opt={"query": CheatQuery})
    async def show_list(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        list_cheats: NamedDependency[SkipValidation[ListCheats]],
        list_tags: NamedDependency[SkipValidation[ListTags]],
        name_users: NamedDependency[SkipValidation[NameUsers]],
        cursors: NamedDependency[SkipValidation[Cursors]],
    ) -> Response[str]:
        """Show the cheats that meet every condition, a page at a time."""
        actor, query = browser.signed_in().user, read_query(request, CheatQuery)
        view, tags = view_of(request, query), await all_tags(actor, list_tags)
        form = empty_form(SearchForm, q=query.q or "")
        show_again(request, _LIST, form, view=view, tags=tags, found=None, owner=None)
        wanted = wanted_cheats(query, actor)
        asked = page_request(
            request,
            query,
            cursors,
            sort=cheat_sort(query, wanted),
            descending=query.sort is None or query.sort.startswith("-"),
        )
        found = await list_cheats(actor, wanted=wanted, request=asked)
        owner = None
        if isinstance(query.owner_id, int) and query.owner_id != actor.id:
            owner = (await name_users(user_ids=[query.owner_id])).get(query.owner_id, f"user {query.owner_id}")
        return page(
            browser,
            _LIST,
            # A script that asks for other cheats shows the short address of their list.
            headers={"HX-Push-Url": view.path()} if "hx-request" in request.headers else None,
            form=form,
            view=view,
            tags=tags,
            owner=owner,
            found=await cards_of(found.items, tags, name_users),
            pager=pager(request, found, cursors),
        )

    @get("/export")
    async def export(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        export_cheats: NamedDependency[SkipValidation[ExportCheats]],
    ) -> Stream:
        """Return all cheats that meet every condition as a file."""
        return await cheat_file(request, browser.signed_in(), read_query(request, CheatExportQuery), export_cheats)


def view_of(request: Request[Any, Any, Any], query: CheatQuery) -> View:
    """Return the list that a request asks for."""
    filters: dict[str, Sequence[str]] = {
        "q": [query.q] if query.q else [],
        "platformId": [str(each) for each in query.platform_id],
        "topicId": [str(each) for each in query.topic_id],
        "ownerId": [str(query.owner_id)] if query.owner_id else [],
        "inBag": ["true"] if query.in_bag else [],
        "sort": [query.sort] if query.sort else [],
    }
    return View(query, {name: values for name, values in filters.items() if values})


async def cards_of(found: Iterable[SeenCheat], tags: Tags, name_users: NameUsers) -> list[Card]:
    """Return the cards of cheats."""
    found = list(found)
    owners = await name_users(user_ids={seen.cheat.owner_id for seen in found})
    beginnings = [beginning(seen.cheat.code) for seen in found]
    excerpts = await highlighted(
        [(code, seen.cheat.language) for code, seen in zip(beginnings, found, strict=True)]
    )
    return [
        Card(
            seen,
            owners[seen.cheat.owner_id],
            excerpt,
            is_whole=code == seen.cheat.code.rstrip(),
            platforms=tags.named(TagKind.PLATFORM, seen.cheat.platform_ids),
            topics=tags.named(TagKind.TOPIC, seen.cheat.topic_ids),
        )
        for seen, code, excerpt in zip(found, beginnings, excerpts, strict=True)
    ]
