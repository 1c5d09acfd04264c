"""Values at the edge of what an entity may hold, to be written and read back unchanged."""

import string
from datetime import UTC, datetime

from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from domain.cheats import CODE_MOST, NOTES_MOST, Cheat
from domain.cheats import TITLE_MOST as CHEAT_TITLE_MOST
from domain.events import Event, EventType, SubjectType
from domain.posts import CONTENT_LEAST, CONTENT_MOST, Post
from domain.posts import TITLE_LEAST as POST_TITLE_LEAST
from domain.posts import TITLE_MOST as POST_TITLE_MOST
from domain.sessions import Session, SessionKind
from domain.tasks import DESCRIPTION_MOST, TITLE_MOST, Task, TaskPriority, TaskStatus
from domain.taxonomy import NAME_MOST, Tag, TagKind
from domain.text import normalised
from domain.users import Role, User
from tests.contracts.sample import FIRST_MOMENT, LAST_MOMENT

TEXTS = (
    "'; DROP TABLE tasks; --",
    '%s %(id)s :id $1 ? {} {0} \\x00 \\ % _ " ` ${HOME}',
    " leading and trailing blanks \t\r\n",
    "\x01\x1b[31m\x7f\x85\u2028\ufeff",
    "\u202edrawkcab\u202c \u200b\u200d\u00ad",
    "👩\u200d👩\u200d👧\u200d👦🏴\U000e0067\U000e007f",
    "Z\u0351\u036b\u0343\u036a\u0302\u0352\u031b",
    "\u0301",
    "\ue000\uffff\U0010ffff\U000f0000",
    "İıßſςﬃŉǰΐẞ Straße",
    "\ufdfa\ufdfb\u3300\u33ff\u1f82",
    "שלום مرحبا 你好 नमस्ते สวัสดี",
    "null",
    "true",
    "1e400",
)

LONGEST_TITLES = tuple(normalised(letter * TITLE_MOST) for letter in ("a", "\ufdfa", "🚀", "中"))
LONGEST_DESCRIPTION = ("\ufdfa🚀\n'%\\" * DESCRIPTION_MOST)[:DESCRIPTION_MOST]

LONGEST_CHEAT_TITLES = tuple(title[:CHEAT_TITLE_MOST] for title in LONGEST_TITLES)
LONGEST_NAMES = tuple(normalised(letter * NAME_MOST) for letter in ("a", "\ufdfa", "🚀", "中", "\u1f82"))
LONGEST_NOTES = ("\ufdfa🚀\n'%\\" * NOTES_MOST)[:NOTES_MOST]
LONGEST_POST_TITLES = tuple(title[:POST_TITLE_MOST] for title in LONGEST_TITLES)
LONGEST_CONTENT = ("\ufdfa🚀\n'%\\" * CONTENT_MOST)[:CONTENT_MOST]
LONGEST_CODE = "\U0010ffff" * CODE_MOST

MOMENTS = (
    FIRST_MOMENT,
    FIRST_MOMENT.replace(microsecond=1),
    datetime(1582, 10, 4, 23, 59, 59, 999999, tzinfo=UTC),
    datetime(1900, 2, 28, 23, 59, 59, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 30, 0, 1, tzinfo=UTC),
    datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
    LAST_MOMENT,
)

# A suite is inherited by one class a store, hence the differing executors; one store serves all examples.
settings = hypothesis_settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
)

_text = st.sampled_from(TEXTS) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=TITLE_MOST
).map(lambda text: normalised(text)[:TITLE_MOST])
# Tags are one line each, without control characters.
_line = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=NAME_MOST)
    .map(lambda text: normalised(text)[:NAME_MOST].strip())
    .filter(bool)
)
_moment = st.sampled_from(MOMENTS) | st.datetimes(timezones=st.just(UTC))
_name = st.text(string.ascii_letters + string.digits + "._-ßÉİığñ", min_size=1, max_size=50)


def users() -> st.SearchStrategy[User]:
    """Users of any state whatever, all with id 1: tests give them their ids and names."""
    return st.builds(
        User,
        id=st.just(1),
        username=_name.map(normalised),
        email=st.none() | st.from_regex(r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,40}@example\.org", fullmatch=True),
        password_hash=_text,
        role=st.sampled_from(Role),
        is_approved=st.booleans(),
        is_active=st.booleans(),
        created_at=_moment,
        updated_at=_moment,
        deleted_at=st.none() | _moment,
        version=st.integers(1, 2**31 - 1),
    )


def events() -> st.SearchStrategy[Event]:
    """Events of any kind whatever, done by the operator."""
    value = st.none() | st.booleans() | st.integers() | _text | st.lists(_text, max_size=3).map(tuple)
    return st.builds(
        Event,
        type=st.sampled_from(EventType),
        actor_id=st.none(),
        subject_type=st.sampled_from(SubjectType),
        subject_id=st.integers(1, 2**63 - 1),
        occurred_at=_moment,
        data=st.dictionaries(_text, value, max_size=5),
    )


def sessions() -> st.SearchStrategy[Session]:
    """Sessions of any state whatever, all with id 1 and of user 1."""
    return st.builds(
        Session,
        id=st.just(1),
        user_id=st.just(1),
        kind=st.sampled_from(SessionKind),
        secret_fingerprint=st.text("0123456789abcdef", min_size=64, max_size=64),
        user_agent=st.none() | _text,
        created_at=_moment,
        last_used_at=_moment,
        expires_at=_moment,
        revoked_at=st.none() | _moment,
        version=st.integers(1, 2**31 - 1),
    )


def tasks() -> st.SearchStrategy[Task]:
    """Tasks of any state whatever, all with id 1, created by user 1 and given to nobody."""
    return st.builds(
        Task,
        id=st.just(1),
        title=_text,
        description=st.none() | _text,
        priority=st.sampled_from(TaskPriority),
        status=st.sampled_from(TaskStatus),
        deadline=st.none() | _moment,
        creator_id=st.just(1),
        assignee_id=st.none(),
        created_at=_moment,
        updated_at=_moment,
        version=st.integers(1, 2**31 - 1),
    )


def tags(kind: TagKind) -> st.SearchStrategy[Tag]:
    """Platforms or topics of any name whatever, all with id 1: tests give them their ids."""
    return st.builds(Tag, id=st.just(1), kind=st.just(kind), name=_line, version=st.integers(1, 2**31 - 1))


def cheats() -> st.SearchStrategy[Cheat]:
    """Cheats of any state whatever, all with id and key 1, of user 1 and under nothing."""
    return st.builds(
        Cheat,
        id=st.just(1),
        key=st.just("1"),
        title=_text.map(lambda text: text[:CHEAT_TITLE_MOST]),
        notes=st.just("") | _text,
        code=st.just("") | _text,
        language=st.none() | st.from_regex(r"[a-z0-9.#+_-]{1,40}", fullmatch=True),
        platform_ids=st.just(()),
        topic_ids=st.just(()),
        owner_id=st.just(1),
        created_at=_moment,
        updated_at=_moment,
        version=st.integers(1, 2**31 - 1),
    )


def posts() -> st.SearchStrategy[Post]:
    """Posts of any state whatever, all with id 1 and of user 1; what is too short is filled up."""
    return st.builds(
        Post,
        id=st.just(1),
        author_id=st.just(1),
        title=_text.map(lambda text: text.ljust(POST_TITLE_LEAST, "~")[:POST_TITLE_MOST]),
        content=_text.map(lambda text: text.ljust(CONTENT_LEAST, "~")),
        is_published=st.booleans(),
        created_at=_moment,
        updated_at=_moment,
        version=st.integers(1, 2**31 - 1),
    )
