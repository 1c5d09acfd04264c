"""The forms that posts are written and published with, and the query of their list."""

from typing import Annotated

from msgspec import Meta

from domain.posts import CONTENT_MOST, TITLE_MOST, content_faults, title_faults
from entrypoints.http.expectation import ID_MOST
from entrypoints.http.paging import ListQuery
from entrypoints.web.forms import Form, Version

Id = Annotated[int, Meta(ge=1, le=ID_MOST)]


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
    """The same, and the version that was opened for editing."""

    version: Version


class PreviewForm(Form, kw_only=True):
    """A post that is not done yet, and where its form belongs.

    Attributes:
        post: the id of the post that is edited; None of a new one.
        version: that was opened for editing.
        was_published: whether it was then.
    """

    labels = PostForm.labels

    title: Annotated[str, Meta(max_length=TITLE_MOST)] = ""
    content: Annotated[str, Meta(max_length=CONTENT_MOST)] = ""
    post: Id | None = None
    version: Version | None = None
    was_published: bool = False


class PublicationForm(Form, kw_only=True):
    """Whether a post shall be published from now on, and the version that was looked at."""

    is_published: bool = False
    version: Version
