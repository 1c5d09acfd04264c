"""Posts: what makes one, what changes it, and what is written down of that."""

from dataclasses import replace

import pytest

from domain.access import may_change_post, may_delete_post, may_see_event, may_see_post
from domain.errors import Invalid
from domain.events import Event, EventType, SubjectType
from domain.history import post_created, post_deleted, post_updated
from domain.posts import CONTENT_MOST, TITLE_MOST, Post, PostChanges
from domain.users import Role
from tests.contracts.post_sample import a_post
from tests.contracts.sample import DAY, MINUTE, NOON, a_user

AUTHOR, OTHER = a_user(1), a_user(2)
MANAGER, ADMIN = replace(a_user(3), role=Role.MANAGER), replace(a_user(4), role=Role.ADMIN)
EVERYONE = (AUTHOR, OTHER, MANAGER, ADMIN)
POST = a_post(7, AUTHOR, "What is new", content="Deadlines on the board")
DRAFT = replace(POST, is_published=False)
PUBLISH, TAKE_BACK = PostChanges(is_published=True), PostChanges(is_published=False)


def _faulty_fields(changes: PostChanges) -> list[str]:
    with pytest.raises(Invalid) as refusal:
        POST.change(changes, at=NOON)
    return [fault.field for fault in refusal.value.faults]


def test_a_new_post_is_a_draft() -> None:
    post = Post.create(id=1, author_id=7, title="What is new", content="Deadlines on the board", at=NOON)
    assert not post.is_published
    assert post.created_at == post.updated_at == NOON
    assert (post.author_id, post.version) == (7, 1)


def test_texts_are_normalised_and_blanks_around_a_title_dropped_but_not_around_content() -> None:
    post = a_post(1, AUTHOR, " \tCafe\u0301 news\n", content="  Cafe\u0301 news\n")
    assert (post.title, post.content) == ("Caf\u00e9 news", "  Caf\u00e9 news\n")


@pytest.mark.parametrize(
    "title", ["", "    \n    ", "four", "  four  ", "t" * (TITLE_MOST + 1), "title\0", "t\ud800tle"]
)
def test_a_title_that_is_too_short_too_long_or_unstorable_is_refused(title: str) -> None:
    assert _faulty_fields(PostChanges(title=title)) == ["title"]


@pytest.mark.parametrize("content", ["", " " * 20, "too short", "c" * (CONTENT_MOST + 1), "some content\0"])
def test_content_that_is_too_short_too_long_or_unstorable_is_refused(content: str) -> None:
    assert _faulty_fields(PostChanges(content=content)) == ["content"]


def test_texts_may_be_as_short_and_as_long_as_they_may() -> None:
    assert a_post(1, AUTHOR, "title", content="t" * 10).title == "title"
    longest = a_post(1, AUTHOR, f" {'🚀' * TITLE_MOST} ", content="🚀" * CONTENT_MOST)
    assert (len(longest.title), len(longest.content)) == (TITLE_MOST, CONTENT_MOST)


def test_every_fault_is_told_at_once() -> None:
    assert _faulty_fields(PostChanges(title="", content="\0")) == ["title", "content", "content"]


def test_what_a_change_does_not_speak_of_stays() -> None:
    later = NOON + MINUTE
    assert POST.change(TAKE_BACK, at=later) == replace(POST, is_published=False, updated_at=later, version=2)


@pytest.mark.parametrize(
    "changes", [PostChanges(), PUBLISH, PostChanges(title=f" {POST.title} ", content=POST.content)]
)
def test_a_change_that_changes_nothing_makes_no_new_version(changes: PostChanges) -> None:
    assert POST.change(changes, at=NOON + DAY) is POST


def test_everyone_sees_what_is_published_signed_in_or_not() -> None:
    assert all(may_see_post(viewer, POST) for viewer in (None, *EVERYONE))


def test_a_draft_is_seen_by_its_author_and_admins() -> None:
    assert [viewer for viewer in (None, *EVERYONE) if may_see_post(viewer, DRAFT)] == [AUTHOR, ADMIN]


@pytest.mark.parametrize("post", [POST, DRAFT])
def test_a_post_is_changed_and_deleted_by_its_author_and_admins(post: Post) -> None:
    assert [actor for actor in EVERYONE if may_change_post(actor, post)] == [AUTHOR, ADMIN]
    assert [actor for actor in EVERYONE if may_delete_post(actor, post)] == [AUTHOR, ADMIN]


def _updated(before: Post, changes: PostChanges) -> Event:
    return post_updated(before, before.change(changes, at=NOON + MINUTE), actor=ADMIN)


def test_a_new_post_is_written_down_by_its_title_and_whether_it_is_published() -> None:
    event = post_created(POST, actor=AUTHOR)
    assert (event.type, event.subject_type, event.subject_id) == (EventType.POST_CREATED, SubjectType.POST, 7)
    assert (event.actor_id, event.occurred_at) == (AUTHOR.id, NOON)
    assert event.data == {"title": "What is new", "isPublished": True, "authorId": AUTHOR.id, "version": 1}


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        (PostChanges(title="Another title"), ("title",)),
        (PostChanges(content="secret plans"), ("content",)),
        (PostChanges(title="Another title", content="secret plans"), ("title", "content")),
    ],
)
def test_each_changed_field_of_a_post_is_named(changes: PostChanges, names: tuple[str, ...]) -> None:
    for before in (POST, DRAFT):
        event = _updated(before, changes)
        assert (event.type, event.actor_id, event.occurred_at) == (EventType.POST_UPDATED, 4, NOON + MINUTE)
        assert event.data == {
            "title": "Another title" if "title" in names else "What is new",
            "isPublished": before.is_published,
            "authorId": AUTHOR.id,
            "version": 2,
            "changed": names,
        }


def test_of_a_post_that_is_published_its_title_is_written_down() -> None:
    event = _updated(DRAFT, PUBLISH)
    assert event.data["changed"] == ("isPublished",)
    assert (event.data["title"], event.data["isPublished"]) == ("What is new", True)


def test_of_a_post_that_is_published_no_longer_the_title_is_not_written_down() -> None:
    event = _updated(POST, PostChanges(title="Secret title", is_published=False))
    assert event.data == {
        "isPublished": False,
        "authorId": AUTHOR.id,
        "version": 2,
        "changed": ("title", "isPublished"),
    }


def test_a_deleted_post_is_written_down_by_its_title() -> None:
    for post in (POST, DRAFT):
        data = {"title": "What is new", "isPublished": post.is_published, "authorId": AUTHOR.id}
        assert post_deleted(post, actor=ADMIN, at=NOON).data == data


def test_what_happens_to_a_post_is_seen_by_everyone_where_it_is_published_before_or_after() -> None:
    for event in (
        post_created(POST, actor=AUTHOR),
        _updated(POST, PostChanges(content="Other content")),
        _updated(DRAFT, PUBLISH),
        _updated(POST, TAKE_BACK),
        post_deleted(POST, actor=ADMIN, at=NOON),
    ):
        assert all(may_see_event(actor, event) for actor in EVERYONE)


def test_what_happens_to_a_draft_is_seen_by_its_author_and_admins_whoever_does_it() -> None:
    for actor in (AUTHOR, ADMIN, None):
        for event in (
            post_created(DRAFT, actor=actor),
            post_updated(DRAFT, DRAFT.change(PostChanges(title="Other title"), at=NOON), actor=actor),
            post_deleted(DRAFT, actor=actor, at=NOON),
        ):
            assert [reader for reader in EVERYONE if may_see_event(reader, event)] == [AUTHOR, ADMIN]
