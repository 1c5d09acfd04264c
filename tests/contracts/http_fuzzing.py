"""Whatever is sent, no answer says that the mistake was ours."""

import json
from urllib.parse import quote, urlencode

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contracts.http_scene import POSTS
from tests.contracts.http_service import API, TASKS, Person
from tests.contracts.properties import for_all

bounded = settings(
    max_examples=50,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# Surrogates, too: JSON can escape what UTF-8 cannot hold.
texts = st.text(st.characters(), max_size=60) | st.sampled_from(
    [
        "",
        "\0",
        "\ud800",
        "me",
        "null",
        "2026-03-01T12:00:00Z",
        "2026-03-01T12:00:00",
        "9" * 400,
        "ß",
        "İ",
        "%_\\",
        "🪴",
    ]
)
numbers = st.integers() | st.floats() | st.sampled_from([0, -1, 2**31, 2**63 - 1, 2**63, 10**22, 1e308])
scalars = st.none() | st.booleans() | numbers | texts
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=10
)
JSON = {"Content-Type": "application/json"}
FIELDS = {
    TASKS: ["title", "description", "priority", "status", "deadline", "assigneeId"],
    POSTS: ["title", "content", "isPublished"],
    f"{API}/auth/signup": ["username", "password", "email"],
    f"{API}/auth/login": ["username", "password", "email"],
    f"{API}/auth/refresh": ["refreshToken"],
}
PARAMETERS = [
    *("q", "status", "priority", "assigneeId", "creatorId", "deadlineBefore", "deadlineAfter", "overdue"),
    *("authorId", "isPublished"),
    *("sort", "limit", "cursor", "page", "x"),
]
HEADERS = [
    *("Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cookie", "Content-Type", "Range"),
    *("If-Match", "If-None-Match", "If-Modified-Since", "Forwarded", "X-Forwarded-For", "Origin", "User-Agent"),
    *("X-Request-ID", "X-HTTP-Method-Override", "Upgrade", "Host"),
]
FRAGMENTS = [
    "*",
    "/",
    "*/*",
    ";",
    ";q=",
    "q",
    "=",
    ",",
    '"',
    "W/",
    "1e999",
    "nan",
    "-1",
    "text/html",
    "bytes=",
    "\\",
]
header_values = st.lists(
    st.sampled_from(FRAGMENTS) | st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=12),
    max_size=8,
).map("".join)


def bodies(fields: list[str]) -> st.SearchStrategy[object]:
    """Return documents, more often than not with the fields that are looked at."""
    return st.dictionaries(st.sampled_from(fields) | texts, documents, max_size=6) | documents


def is_ours(response: httpx.Response) -> bool:
    """Tell whether an answer admits a mistake of ours."""
    return response.status_code >= 500


@pytest.mark.anyio
class FuzzingContract:
    """Bodies, queries, paths and headers by the dozen."""

    @pytest.mark.parametrize("path", FIELDS)
    async def test_no_body_breaks_a_call(self, ada: Person, path: str) -> None:
        async def examine(body: object) -> None:
            response = await ada.http.post(path, content=json.dumps(body), headers=JSON)
            assert not is_ours(response), body

        await for_all(bodies(FIELDS[path]), examine, examples=40)

    @given(body=bodies(FIELDS[TASKS]))
    @bounded
    async def test_no_body_breaks_a_change(self, ada: Person, body: object) -> None:
        task = await ada.creates_task()
        response = await ada.http.patch(f"{TASKS}/{task['id']}", content=json.dumps(body), headers=JSON)
        assert not is_ours(response), body

    @given(body=st.binary(max_size=200))
    @bounded
    async def test_no_bytes_break_a_call(self, ada: Person, body: bytes) -> None:
        response = await ada.http.post(TASKS, content=body, headers=JSON)
        assert not is_ours(response), body

    @given(
        path=st.sampled_from([TASKS, POSTS]),
        query=st.lists(st.tuples(st.sampled_from(PARAMETERS), scalars.map(str)), max_size=5),
    )
    @settings(bounded, max_examples=150)
    async def test_no_query_breaks_a_list(self, ada: Person, path: str, query: list[tuple[str, str]]) -> None:
        encoded = urlencode([(name, value.encode(errors="replace")) for name, value in query])
        response = await ada.http.get(f"{path}?{encoded}")
        assert not is_ours(response), encoded

    @given(query=st.binary(max_size=60))
    @bounded
    async def test_no_raw_query_breaks_a_list(self, ada: Person, query: bytes) -> None:
        response = await ada.http.get(f"{TASKS}?{quote(query, safe='&=+%;')}")
        assert not is_ours(response), query

    @given(
        prefix=st.sampled_from(
            ["/", f"{API}/", f"{TASKS}/", f"{POSTS}/", f"{API}/users/", "/api/", "/problems/", "/static/"]
        ),
        rest=st.binary(max_size=40),
        method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]),
    )
    @settings(bounded, max_examples=120)
    async def test_no_path_breaks_the_routing(self, ada: Person, prefix: str, rest: bytes, method: str) -> None:
        response = await ada.http.request(method, prefix + quote(rest, safe="/."))
        assert not is_ours(response), rest

    @given(
        path=st.sampled_from(
            ["/", "/docs", "/health", "/static/satchel.css", TASKS, f"{TASKS}/1", f"{POSTS}/1", f"{API}/auth/me"]
        ),
        headers=st.lists(st.tuples(st.sampled_from(HEADERS), header_values), max_size=4),
    )
    @settings(bounded, max_examples=150)
    async def test_no_header_breaks_an_answer(
        self, ada: Person, path: str, headers: list[tuple[str, str]]
    ) -> None:
        given_ = [(name.encode(), value.encode("latin-1")) for name, value in headers]
        response = await ada.http.get(path, headers=given_)
        assert not is_ours(response), headers
