"""People of the team, as those who are signed in see them, with what they have written."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, SkipValidation

from application.ports.posts import PostFilter, PostSort
from application.posts import ListPosts
from application.users import GetUser
from entrypoints.http.input import path_id, read_query
from entrypoints.http.paging import Cursors, ListQuery, page_request
from entrypoints.web.answers import page
from entrypoints.web.browser import Browser
from entrypoints.web.lists import pager
from entrypoints.web.posts import post_cards


def _query(request: Request[Any, Any, Any]) -> ListQuery:
    return read_query(request, ListQuery)


@get(
    "/people/{person_id:str}",
    dependencies={"list_query": Provide(_query, sync_to_thread=False)},
    opt={"query": ListQuery},
)
async def show_person(
    request: Request[Any, Any, Any],
    person_id: FromPath[str],
    browser: NamedDependency[SkipValidation[Browser]],
    list_query: NamedDependency[SkipValidation[ListQuery]],
    get_user: NamedDependency[SkipValidation[GetUser]],
    list_posts: NamedDependency[SkipValidation[ListPosts]],
    cursors: NamedDependency[SkipValidation[Cursors]],
) -> Response[str]:
    """Show who someone is, and their posts; drafts to themselves and admins.

    Raises:
        Unauthenticated: nobody is signed in; the team is not for everyone to see.
        NotFound: there is no such person, or none whom the reader may know of.
    """
    viewer = browser.signed_in().user
    person = await get_user(viewer, user_id=path_id(person_id, "person"))
    asked = page_request(request, list_query, cursors, sort=PostSort.CREATED_AT, descending=True)
    found = await list_posts(viewer, wanted=PostFilter(author_id=person.id), request=asked)
    return page(
        browser,
        "people/show.html",
        person=person,
        cards=await post_cards(found.items),
        pager=pager(request, found, cursors),
    )
