"""What leaves us to come back later: it reads back as it was written, and what we did not write is refused."""

import string
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from litestar import Request
from litestar.types import HTTPScope

from adapters.jwt.keys import KeyRing
from adapters.jwt.tokens import JwtTokens
from application.browsers import BrowserKey
from application.paging import Position
from domain.chain import FIRST_LINK, link_hash
from domain.errors import Invalid
from domain.events import Event
from domain.tasks import TaskPriority
from domain.text import normalised, unstorable_reason
from domain.users import Role
from entrypoints.http.conditional import etag, expected_versions, versioned
from entrypoints.http.input import read_query
from entrypoints.http.paging import Cursors
from entrypoints.http.task_structs import TaskQuery
from entrypoints.web.cookies import CookieJar, Flash, FlashKind
from tests.contracts import hostile
from tests.contracts.sample import GREATEST_ID, a_user
from tests.unit.jwt_forging import ED25519_KEY, HMAC_KEY

# How long one example takes on a busy machine is not what these are about.
patient = settings(deadline=None, max_examples=50, derandomize=True, database=None)

CURSORS = Cursors(secret_keys=["the newest key of all that there are", "the key before, which still counts"])
JAR = CookieJar(secret_keys=["the newest key of all that there are"], is_secure=True)

ids = st.integers(1, GREATEST_ID)
versions = st.integers(1, GREATEST_ID)
views = st.just("") | st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=8)
storable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
moments = st.datetimes(timezones=st.just(UTC))
positions = st.builds(Position, st.none() | st.integers(-(2**63), 2**63 - 1) | storable | moments, ids)
# What is nearly right goes further in than what is not at all.
rubbish = st.text(max_size=80) | st.text(string.ascii_letters + string.digits + "-_=.", max_size=200)
headers = st.lists(
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=12)
    | st.sampled_from(['"', '"1"', 'W/"1"', ",", ", ", "*", "\\", '"1', '""', '"01"', '"1-"', '"9' * 30]),
    max_size=6,
).map("".join)


def asking(query: bytes = b"", **given_headers: str) -> Request[Any, Any, Any]:
    """Return a request with this query string and these headers."""
    lines = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in given_headers.items()]
    scope: HTTPScope = {"type": "http", "method": "GET", "path": "/", "query_string": query, "headers": lines}  # type: ignore[typeddict-item]  # a server adds what nobody reads here
    request: Request[Any, Any, Any] = Request(scope)
    return request


class TestCursors:
    """Where in a list somebody is."""

    @patient
    @given(positions, storable)
    def test_any_position_comes_back(self, position: Position, listing: str) -> None:
        assert CURSORS.read(CURSORS.write(position, listing=listing), listing=listing) == position

    @patient
    @given(positions, storable, storable)
    def test_none_is_taken_for_another_list(self, position: Position, listing: str, other: str) -> None:
        assume(listing != other)
        with pytest.raises(Invalid):
            CURSORS.read(CURSORS.write(position, listing=listing), listing=other)

    @patient
    @given(positions, st.data())
    def test_none_that_was_changed_is_taken(self, position: Position, data: st.DataObject) -> None:
        cursor = CURSORS.write(position, listing="/tasks")
        place = data.draw(st.integers(0, len(cursor)))
        changed = cursor[:place] + data.draw(st.text(max_size=2)) + cursor[place + data.draw(st.integers(0, 1)) :]
        assume(changed != cursor)
        with pytest.raises(Invalid):
            CURSORS.read(changed, listing="/tasks")

    @patient
    @given(rubbish)
    def test_nothing_else_is_one(self, text: str) -> None:
        with pytest.raises(Invalid):
            CURSORS.read(text, listing="/tasks")


class TestEntityTags:
    """Which version somebody has seen."""

    @patient
    @given(versions, views, st.lists(headers, max_size=2))
    def test_the_one_we_gave_is_found_among_others(self, version: int, view: str, others: list[str]) -> None:
        line = ", ".join([f'"{other.replace(chr(34), "")}"' for other in others] + [etag(version, view=view)])
        wanted = expected_versions(asking(if_match=line))
        assert wanted is None or version in wanted
        assert versioned(asking(if_none_match=line), "it", version, view=view).status_code == 304

    @patient
    @given(versions)
    def test_a_weak_one_allows_no_change_but_spares_an_answer(self, version: int) -> None:
        weak = f"W/{etag(version)}"
        assert expected_versions(asking(if_match=weak)) == set()
        assert versioned(asking(if_none_match=weak), "it", version).status_code == 304

    @patient
    @given(headers)
    def test_whatever_is_sent_is_some_versions_or_none(self, line: str) -> None:
        wanted = expected_versions(asking(if_match=line))
        # "*" alone means whichever there is.
        assert wanted is not None or line.strip() == "*"
        versioned(asking(if_none_match=line), "it", 1)


class TestTokens:
    """Who somebody is, and by which session."""

    @patient
    @given(
        ids,
        ids,
        st.sampled_from(Role),
        st.datetimes(datetime(1971, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC)),
    )
    def test_the_claims_of_any_pair_come_back(
        self, user_id: int, session_id: int, role: Role, at: datetime
    ) -> None:
        for key in (HMAC_KEY, ED25519_KEY):
            tokens = JwtTokens(keys=KeyRing(key))
            ann = replace(a_user(user_id, "ann"), role=role)
            pair = tokens.issue(ann, session_id=session_id, session_expires_at=at + timedelta(days=30), at=at)
            access = tokens.read_access(pair.access_token, at=at)
            refresh = tokens.read_refresh(pair.refresh_token, at=at)
            assert (access.user_id, access.session_id) == (user_id, session_id)
            assert (refresh.user_id, refresh.session_id) == (user_id, session_id)
            assert refresh.refresh_id == pair.refresh_id


class TestCookies:
    """What browsers keep for us."""

    @patient
    @given(ids, st.text("0123456789abcdef", min_size=64, max_size=64))
    def test_the_key_of_any_session_comes_back(self, session_id: int, secret: str) -> None:
        key = BrowserKey(session_id, secret)
        cookie = JAR.session(key, is_remembered=True)
        assert JAR.read_session({cookie.key: cookie.value or ""}) == key

    @patient
    @given(storable, st.sampled_from(FlashKind))
    def test_any_message_comes_back(self, text: str, kind: FlashKind) -> None:
        cookie = JAR.flash(Flash(text, kind))
        assert JAR.read_flash({cookie.key: cookie.value or ""}) == Flash(text, kind)

    @patient
    @given(rubbish | st.text(st.characters()))
    def test_nothing_else_is_one(self, text: str) -> None:
        names = {cookie.key for cookie in (JAR.no_session(), JAR.no_flash(), JAR.no_visitor())}
        given_ = dict.fromkeys(names, text)
        assert (JAR.read_session(given_), JAR.read_flash(given_), JAR.read_visitor(given_)) == (None, None, None)


class TestQueries:
    """What somebody asks a list for."""

    @patient
    @given(
        words=storable.filter(lambda text: unstorable_reason(text) is None),
        priorities=st.lists(st.sampled_from(TaskPriority), max_size=3),
        assignee=ids | st.just("me"),
        before=st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),
        limit=st.integers(1, 100),
    )
    def test_any_comes_back(
        self, words: str, priorities: list[TaskPriority], assignee: int | str, before: datetime, limit: int
    ) -> None:
        written = urlencode(
            {
                "q": words,
                "priority": ",".join(priorities),
                "assigneeId": assignee,
                "deadlineBefore": before.isoformat(),
                "limit": limit,
            }
        )
        read = read_query(asking(written.encode()), TaskQuery)
        assert (read.q, read.priority) == (normalised(words), tuple(priorities))
        assert (read.assignee_id, read.deadline_before, read.limit) == (assignee, before, limit)


@patient
@given(storable)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


@hostile.settings
@given(hostile.events(), hostile.events(), st.integers(1, 2**63 - 1), st.integers(1, 2**63 - 1))
def test_no_two_events_or_places_share_a_link_of_the_chain(
    event: Event, other: Event, place: int, elsewhere: int
) -> None:
    link = link_hash(FIRST_LINK, place, event)
    assert link == link_hash(FIRST_LINK, place, event)
    assert (link == link_hash(FIRST_LINK, place, other)) == (event == other)
    assert (link == link_hash(FIRST_LINK, elsewhere, event)) == (place == elsewhere)
    assert link != link_hash(link, place, event)
