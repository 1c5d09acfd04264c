"""Posts in a browser: reading, searching, writing with a preview, publishing, deleting."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, SkipValidation

from application.events import FindPlace
from application.paging import PageRequest
from application.ports.posts import AuthoredPost, PostFilter, PostSort
from application.posts import ChangePost, CreatePost, DeletePost, GetPost, ListPosts, check_may_change_post
from domain.access import may_change_post, may_delete_post
from domain.errors import NotFound, Stale
from domain.posts import Post, PostChanges
from entrypoints.http.input import path_id, read_query
from entrypoints.http.paging import Cursors, page_request
from entrypoints.http.words import words_of
from entrypoints.web.answers import fragment, page, see_other
from entrypoints.web.browser import Browser
from entrypoints.web.cookies import CookieJar, Flash
from entrypoints.web.forms import VersionForm, empty_form, read_form
from entrypoints.web.lists import pager
from entrypoints.web.markdown import excerpts, previewed, rendered
from entrypoints.web.post_forms import (
    PostChangesForm,
    PostForm,
    PostsQuery,
    PreviewForm,
    PublicationForm,
    editing,
    merged_form,
    post_form,
)

_EDITOR, _PREVIEW = "posts/editor.html", "posts/preview.html"
_ON_HOME_PAGE: Final = 5
_GONE: Final = (
    "This post is gone: it was deleted, or taken back by its author. What you wrote is still here, and can be "
    "kept as a new post."
)
# A preview stands under a heading of its own.
_PREVIEW_TOP: Final = 3


@dataclass(frozen=True, slots=True)
class PostCard:
    """A post in a list.

    Attributes:
        post: the post.
        author: what its author is called.
        excerpt: how it begins, as plain text.
    """

    post: Post
    author: str
    excerpt: str


async def post_cards(found: Sequence[AuthoredPost]) -> list[PostCard]:
    """Return posts as lists show them."""
    texts = await excerpts([each.post.content for each in found])
    return [PostCard(each.post, each.author, text) for each, text in zip(found, texts, strict=True)]


async def newest_posts(list_posts: ListPosts) -> list[PostCard]:
    """Return what was published last, for the home page."""
    newest = PageRequest(PostSort.CREATED_AT, limit=_ON_HOME_PAGE)
    return await post_cards((await list_posts(None, wanted=PostFilter(is_published=True), request=newest)).items)


def _query(request: Request[Any, Any, Any]) -> PostsQuery:
    return read_query(request, PostsQuery)


class PostPageController(Controller):
    """`/posts`."""

    path = "/posts"

    @get(dependencies={"posts_query": Provide(_query, sync_to_thread=False)}, opt={"query": PostsQuery})
    async def show_posts(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        posts_query: NamedDependency[SkipValidation[PostsQuery]],
        list_posts: NamedDependency[SkipValidation[ListPosts]],
        cursors: NamedDependency[SkipValidation[Cursors]],
    ) -> Response[str]:
        """Show what is published, or one's own drafts: the newest first, or the best match."""
        words = words_of(posts_query.q)
        author_id = browser.signed_in().user.id if posts_query.drafts else posts_query.author
        asked = page_request(
            request,
            posts_query,
            cursors,
            sort=PostSort.RELEVANCE if words else PostSort.CREATED_AT,
            descending=True,
        )
        wanted = PostFilter(author_id=author_id, is_published=not posts_query.drafts, words=words)
        found = await list_posts(browser.user, wanted=wanted, request=asked)
        return page(
            browser,
            "posts/list.html",
            cards=await post_cards(found.items),
            query=posts_query,
            pager=pager(request, found, cursors),
        )

    @post(status_code=303)
    async def write_post(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        create_post: NamedDependency[SkipValidation[CreatePost]],
    ) -> Response[Any]:
        """Keep a new draft, or publish at once."""
        author = browser.signed_in().user
        form = read_form(request, PostForm, _EDITOR, **editing(None))
        written = await create_post(author, title=form.title, content=form.content, is_published=form.is_published)
        return see_other(_path(written.post), cookies=[cookie_jar.flash(_told(written.post))])

    @get("/new")
    async def show_empty_editor(self, browser: NamedDependency[SkipValidation[Browser]]) -> Response[str]:
        """Show the form for a new post."""
        browser.signed_in()
        return page(browser, _EDITOR, form=empty_form(PostForm), **editing(None))

    @post("/preview", status_code=200)
    async def preview(
        self,
        request: Request[Any, Any, Any],
        browser: NamedDependency[SkipValidation[Browser]],
        find_place: NamedDependency[SkipValidation[FindPlace]],
    ) -> Response[str]:
        """Show a text as it would look, and keep nothing: to scripts alone, else below its form."""
        browser.signed_in()
        if "hx-request" in request.headers:
            form = read_form(request, PreviewForm, _PREVIEW, preview=None)
            return fragment(browser, _PREVIEW, form=None, preview=await previewed(form.content, top=_PREVIEW_TOP))
        form = read_form(request, PreviewForm, _EDITOR, **editing(None))
        return page(
            browser,
            _EDITOR,
            form=empty_form(
                PostForm,
                title=form.title,
                content=form.content,
                version=str(form.version or ""),
                seen=form.seen or "",
            ),
            place=await find_place(),
            post_id=form.post,
            was_published=form.was_published,
            overtaken_by=None,
            meanwhile=(),
            preview=await previewed(form.content, top=_PREVIEW_TOP),
        )

    @get("/{post_id:str}")
    async def show_post(
        self,
        post_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        get_post: NamedDependency[SkipValidation[GetPost]],
    ) -> Response[str]:
        """Show a post; a draft to its author and admins."""
        found = await get_post(browser.user, post_id=path_id(post_id, "post"))
        viewer = browser.user
        return page(
            browser,
            "posts/show.html",
            post=found.post,
            author=found.author,
            text=await rendered(found.post.content),
            may_change=viewer is not None and may_change_post(viewer, found.post),
            may_delete=viewer is not None and may_delete_post(viewer, found.post),
        )

    @get("/{post_id:str}/edit")
    async def show_editor(
        self,
        post_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        get_post: NamedDependency[SkipValidation[GetPost]],
        find_place: NamedDependency[SkipValidation[FindPlace]],
    ) -> Response[str]:
        """Show the form of a post.

        Raises:
            Forbidden: it is not the reader's to change.
        """
        editor, place = browser.signed_in().user, await find_place()
        found = (await get_post(editor, post_id=path_id(post_id, "post"))).post
        check_may_change_post(editor, found)
        return page(browser, _EDITOR, form=post_form(found), **editing(found, place))

    @post("/{post_id:str}", status_code=303)
    async def change_post(
        self,
        request: Request[Any, Any, Any],
        post_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        get_post: NamedDependency[SkipValidation[GetPost]],
        change_post: NamedDependency[SkipValidation[ChangePost]],
        find_place: NamedDependency[SkipValidation[FindPlace]],
    ) -> Response[Any]:
        """Keep a post as the form has it if it is still the one that was opened; else show both."""
        editor, number = browser.signed_in().user, path_id(post_id, "post")
        place = await find_place()
        try:
            found = (await get_post(editor, post_id=number)).post
        except NotFound:
            lost = read_form(request, PostForm, _EDITOR, **editing(None))
            kept = replace(empty_form(PostForm, title=lost.title, content=lost.content), message=_GONE)
            return page(browser, _EDITOR, status=404, form=kept, **editing(None))
        # Whoever may not change it is not offered the form again, but told so.
        template = _EDITOR if may_change_post(editor, found) else None
        form = read_form(request, PostChangesForm, template, **editing(found, place))
        changes = PostChanges(title=form.title, content=form.content, is_published=form.is_published)
        try:
            changed = (await change_post(editor, post_id=number, changes=changes, if_version={form.version})).post
        except Stale:
            now = (await get_post(editor, post_id=number)).post
            return page(
                browser,
                _EDITOR,
                status=412,
                form=merged_form(form, now),
                **editing(now, place, overtaken=form),
            )
        return see_other(_path(changed), cookies=[cookie_jar.flash(_told(changed, before=found))])

    @post("/{post_id:str}/publication", status_code=303)
    async def publish_post(
        self,
        request: Request[Any, Any, Any],
        post_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        change_post: NamedDependency[SkipValidation[ChangePost]],
    ) -> Response[Any]:
        """Publish a draft, or take a post back, as it was looked at."""
        editor, number = browser.signed_in().user, path_id(post_id, "post")
        form = read_form(request, PublicationForm)
        changes = PostChanges(is_published=form.is_published)
        changed = await change_post(editor, post_id=number, changes=changes, if_version={form.version})
        return see_other(_path(changed.post), cookies=[cookie_jar.flash(_told(changed.post))])

    @post("/{post_id:str}/delete", status_code=303)
    async def delete_post(
        self,
        request: Request[Any, Any, Any],
        post_id: FromPath[str],
        browser: NamedDependency[SkipValidation[Browser]],
        cookie_jar: NamedDependency[SkipValidation[CookieJar]],
        delete_post: NamedDependency[SkipValidation[DeletePost]],
    ) -> Response[Any]:
        """Delete a post for good, as it was looked at."""
        editor, number = browser.signed_in().user, path_id(post_id, "post")
        form = read_form(request, VersionForm)
        await delete_post(editor, post_id=number, if_version={form.version})
        return see_other("/posts", cookies=[cookie_jar.flash(Flash("The post is deleted."))])


def _path(of: Post) -> str:
    return f"/posts/{of.id}"


def _told(of: Post, *, before: Post | None = None) -> Flash:
    if before is not None and before.is_published == of.is_published:
        return Flash("Your changes are saved.")
    return Flash(
        "Everyone can read it now." if of.is_published else "Saved as a draft: its author and admins alone see it."
    )
