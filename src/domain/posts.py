"""Posts: what someone of the team tells everyone, once it is published."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from domain.changes import ABSENT, Absent, changed
from domain.errors import Fault, refuse
from domain.text import normalised, text_faults

TITLE_LEAST = 5
TITLE_MOST = 200
CONTENT_LEAST = 10
CONTENT_MOST = 100_000


@dataclass(frozen=True, slots=True)
class PostChanges:
    """What someone wants to change of a post; `ABSENT` fields stay as they are."""

    title: str | Literal[Absent.ABSENT] = ABSENT
    content: str | Literal[Absent.ABSENT] = ABSENT
    is_published: bool | Literal[Absent.ABSENT] = ABSENT


@dataclass(frozen=True, slots=True)
class Post:
    """One text of its author's, in Markdown: a draft until it is published, and again when that is taken back."""

    id: int
    author_id: int
    title: str
    content: str
    is_published: bool
    created_at: datetime
    updated_at: datetime
    version: int = 1

    @classmethod
    def create(
        cls, *, id: int, author_id: int, title: str, content: str, is_published: bool = False, at: datetime
    ) -> "Post":
        """Return a new post: a draft unless said otherwise, so that nothing becomes public by accident.

        Raises:
            Invalid: with every field that breaks its rule.
        """
        return _checked(
            cls(
                id=id,
                author_id=author_id,
                title=title,
                content=content,
                is_published=is_published,
                created_at=at,
                updated_at=at,
            )
        )

    def change(self, changes: PostChanges, *, at: datetime) -> "Post":
        """Return the post as it is after the changes: this very one if they change nothing.

        Raises:
            Invalid: with every field that breaks its rule.
        """
        after = _checked(
            replace(
                self,
                title=changed(changes.title, self.title),
                content=changed(changes.content, self.content),
                is_published=changed(changes.is_published, self.is_published),
            )
        )
        return self if after == self else replace(after, updated_at=at, version=self.version + 1)


def title_faults(title: str) -> Iterator[Fault]:
    """Yield what is wrong with a normalised title; blanks around it do not count."""
    return text_faults("title", title.strip(), least=TITLE_LEAST, most=TITLE_MOST)


def content_faults(content: str) -> Iterator[Fault]:
    """Yield what is wrong with normalised content."""
    return text_faults("content", content, least=CONTENT_LEAST, most=CONTENT_MOST)


def _checked(post: Post) -> Post:
    post = replace(post, title=normalised(post.title).strip(), content=normalised(post.content))
    refuse(*title_faults(post.title), *content_faults(post.content))
    return post
