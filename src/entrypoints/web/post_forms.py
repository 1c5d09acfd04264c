"""The forms that posts are written and published with, and the query of their list."""

from typing import Annotated, TypedDict

from markupsafe import Markup
from msgspec import Meta

from domain.posts import CONTENT_MOST, TITLE_MOST, Post, content_faults, title_faults
from entrypoints.http.expectation import ID_MOST
from entrypoints.http.paging import ListQuery
from entrypoints.web.forms import FilledForm, Form, Version, empty_form
from entrypoints.web.merging import Texts, changed_meanwhile, merged, seen_in

Id = Annotated[int, Meta(ge=1, le=ID_MOST)]


class Editing(TypedDict):
    """What the editor needs beside its form.

    Attributes:
        place: behind which the page follows what happens to it; None for a new one.
        post_id: the post that it changes, None for a new one.
        was_published: whether that post is published.
        overtaken_by: the post as it is now, where others changed it while the form was open.
        meanwhile: the names of the fields that they changed.
        preview: the text as it would look.
    """

    place: int | None
    post_id: int | None
    was_published: bool
    overtaken_by: Post | None
    meanwhile: tuple[str, ...]
    preview: Markup | None


class PostsQuery(ListQuery, frozen=True):
    """Which posts to list.

    Attributes:
        q: what to search for.
        author: whose posts, by id.
        drafts: one's own drafts, in place of what is published.
    """

    q: Annotated[str, Meta(max_length=200)] | None = None
    author: Id | None = None
    drafts: bool = False


class PostForm(Form):
    """A post as its author wants it; which of two buttons was pressed says whether it is published."""

    labels = {"title": "Title", "content": "Text"}  # noqa: RUF012  # never written
    rules = {"title": title_faults, "content": content_faults}  # noqa: RUF012  # never written

    title: str
    content: str
    is_published: bool = False


class PostChangesForm(PostForm, kw_only=True):
    """The same, and the version that was opened for editing, with what `seen_in` says of it."""

    version: Version
    seen: str | None = None


class PreviewForm(Form, kw_only=True):
    """A post that is not done yet, and where its form belongs.

    Attributes:
        post: the id of the post that is edited; None of a new one.
        version: that was opened for editing.
        seen: what `seen_in` says of that version.
        was_published: whether it was published then.
    """

    labels = PostForm.labels

    title: Annotated[str, Meta(max_length=TITLE_MOST)] = ""
    content: Annotated[str, Meta(max_length=CONTENT_MOST)] = ""
    post: Id | None = None
    version: Version | None = None
    seen: str | None = None
    was_published: bool = False


class PublicationForm(Form, kw_only=True):
    """Whether a post shall be published from now on, and the version that was looked at."""

    is_published: bool = False
    version: Version


def post_form(post: Post) -> FilledForm:
    """Return the form that a post is changed with, as the post is now."""
    return _changes_form(_texts(post), post)


def merged_form(wanted: PostChangesForm, post: Post) -> FilledForm:
    """Return the form of someone who was slower: their own changes, made to the post as it is now."""
    return _changes_form(merged(_texts(wanted), _texts(post), wanted.seen), post)


def editing(post: Post | None, place: int | None = None, *, overtaken: PostChangesForm | None = None) -> Editing:
    """Return what the editor needs beside its form.

    Args:
        post: the post that it changes, as it is now; None for a new one.
        place: where the log ended before that was read.
        overtaken: the form of someone who was slower.
    """
    return {
        "place": place,
        "post_id": None if post is None else post.id,
        "was_published": post is not None and post.is_published,
        "overtaken_by": None if overtaken is None else post,
        "meanwhile": (
            ()
            if overtaken is None or post is None
            else changed_meanwhile(_texts(overtaken), _texts(post), overtaken.seen)
        ),
        "preview": None,
    }


def _changes_form(texts: Texts, post: Post) -> FilledForm:
    return empty_form(PostChangesForm, **texts, version=str(post.version), seen=seen_in(_texts(post)))


def _texts(of: Post | PostForm) -> dict[str, str | list[str]]:
    return {"title": of.title, "content": of.content}
