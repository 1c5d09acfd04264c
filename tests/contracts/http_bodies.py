"""What the HTTP surface owes to itself: bodies that no client should send."""

from collections.abc import AsyncGenerator

import pytest

from tests.contracts.http_accounts import SIGN_IN, SIGN_UP
from tests.contracts.http_service import PASSWORD, TASKS, Json, Person, Service, document, faults, problem

JSON = {"Content-Type": "application/json"}
MIB = 2**20


async def in_pieces(body: bytes) -> AsyncGenerator[bytes]:
    """Send a body piece by piece, without saying how long it is going to be."""
    for start in range(0, len(body), 65_536):
        yield body[start : start + 65_536]


@pytest.mark.anyio
class BodiesContract:
    """Every door that takes a body."""

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b" ",
            b"{",
            b'{"title": ',
            b'{"title": "x"',
            b'{"title": "x"} {}',
            b"{'title': 'x'}",
            b'{"title": "\xff"}',
            b'{"title": "\xc3"}',
            b'{"title": "\xed\xa0\x80"}',
            b'{"\xff": 1}',
            b"\xff\xfe{\x00}\x00",
            b'{"title": NaN}',
            b'{"title": -Infinity}',
            b'{"title": "a\nb"}',
            b'{"title": "a\x00b"}',
            b'{"title": "\\x41"}',
            b'{"title": "\\u12"}',
            b'{"title": "x",}',
            b"title=x",
            b"[" * 100_000,
            b"[" * 100_000 + b"]" * 100_000,
            b'{"title":' * 100_000 + b"1" + b"}" * 100_000,
            b'{"title": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        ],
        ids=lambda body: repr(body[:24]),
    )
    async def test_a_body_that_is_no_json_in_utf8_is_malformed(self, ada: Person, body: bytes) -> None:
        task = await ada.creates_task()
        for method, path in (
            ("POST", TASKS),
            ("PUT", f"{TASKS}/{task['id']}"),
            ("PATCH", f"{TASKS}/{task['id']}"),
            ("POST", SIGN_UP),
            ("POST", SIGN_IN),
        ):
            problem(await ada.http.request(method, path, content=body, headers=JSON), 400, "malformed")

    @pytest.mark.parametrize("body", [b"null", b"[]", b'"text"', b"1", b"true", b'[{"title": "x"}]'])
    async def test_json_that_is_no_object_is_invalid(self, ada: Person, body: bytes) -> None:
        for path in (TASKS, SIGN_UP):
            assert set(faults(await ada.http.post(path, content=body, headers=JSON))) == {"body"}

    @pytest.mark.parametrize("text", [r"a\u0000b", r"\u0000", r"\ud800", r"x\udfff", r"\udc00\ud800"])
    @pytest.mark.parametrize("field", ["title", "description"])
    async def test_nul_and_half_characters_are_faults_of_their_field(
        self, ada: Person, field: str, text: str
    ) -> None:
        fields = {"title": '"x"', field: f'"{text}"'}
        body = "{" + ", ".join(f'"{name}": {value}' for name, value in fields.items()) + "}"
        assert set(faults(await ada.http.post(TASKS, content=body, headers=JSON))) == {field}

    @pytest.mark.parametrize("field", ["username", "password", "email"])
    @pytest.mark.parametrize("text", [r"longer\u0000than", r"longer\ud800than"])
    async def test_nul_and_half_characters_are_faults_of_a_sign_up(
        self, service: Service, field: str, text: str
    ) -> None:
        fields = {"username": "newcomer", "password": PASSWORD, field: text}
        body = "{" + ", ".join(f'"{name}": "{value}"' for name, value in fields.items()) + "}"
        assert set(faults(await service.http.post(SIGN_UP, content=body, headers=JSON))) == {field}

    @pytest.mark.parametrize("name", [r"\u0000", r"\ud800", "x" * 10_000, "é", "", "Title", "created_at"])
    async def test_an_unknown_field_is_refused_whatever_its_name(self, ada: Person, name: str) -> None:
        body = f'{{"title": "x", "{name}": 1}}'
        assert len(faults(await ada.http.post(TASKS, content=body, headers=JSON))) == 1

    async def test_an_escaped_pair_is_one_character(self, ada: Person) -> None:
        body = r'{"title": "\ud83e\udeb4"}'
        assert document(await ada.http.post(TASKS, content=body, headers=JSON))["title"] == "🪴"

    async def test_escaped_backslashes_are_not_taken_for_nul(self, ada: Person) -> None:
        body = rb'{"title": "\\u0000"}'
        assert document(await ada.http.post(TASKS, content=body, headers=JSON))["title"] == r"\u0000"

    @pytest.mark.parametrize("extra", ["", r', "description": "\u0000", "description": null'])
    async def test_of_a_key_given_twice_the_last_one_counts(self, ada: Person, extra: str) -> None:
        body = f'{{"title": "first", "title": "last"{extra}}}'
        assert document(await ada.http.post(TASKS, content=body, headers=JSON))["title"] == "last"

    @pytest.mark.parametrize("number", ["1e400", "9" * 5000, "-" + "9" * 5000, "1" + "0" * 30, "1e22", "0.1"])
    async def test_numbers_beyond_every_bound_are_faults(self, ada: Person, number: str) -> None:
        body = f'{{"title": "x", "assigneeId": {number}}}'
        assert set(faults(await ada.http.post(TASKS, content=body, headers=JSON))) == {"assigneeId"}

    @pytest.mark.parametrize(
        "content_type",
        [
            None,
            "",
            "text/plain",
            "text/plain; charset=utf-8",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "multipart/form-data",
            "application/jsonp",
            "application/json-seq",
            "application/msgpack",
            "application/x-msgpack",
            "text/json",
            "json",
            ";",
            "\xff",
            "x" * 5000,
        ],
    )
    async def test_a_body_not_declared_to_be_json_is_refused(self, ada: Person, content_type: str | None) -> None:
        headers = [] if content_type is None else [(b"Content-Type", content_type.encode("latin-1"))]
        response = await ada.http.post(TASKS, content=b'{"title": "x"}', headers=headers)
        problem(response, 415, "unsupported-media-type")

    @pytest.mark.parametrize(
        "content_type",
        [
            "application/json; charset=utf-8",
            "Application/JSON",
            'application/json;charset="UTF-8"',
            "application/json;",
        ],
    )
    async def test_json_is_declared_with_or_without_parameters(self, ada: Person, content_type: str) -> None:
        response = await ada.http.post(TASKS, content=b'{"title": "x"}', headers={"Content-Type": content_type})
        assert response.status_code == 201

    @pytest.mark.parametrize("size", [MIB + 1, 2 * MIB])
    @pytest.mark.parametrize("path", [TASKS, SIGN_UP, SIGN_IN])
    @pytest.mark.parametrize("with_length", [True, False])
    async def test_a_body_beyond_a_mebibyte_is_too_large(
        self, ada: Person, path: str, size: int, with_length: bool
    ) -> None:
        body = b" " * size
        content = body if with_length else in_pieces(body)
        problem(await ada.http.post(path, content=content, headers=JSON), 413, "too-large")

    @pytest.mark.parametrize("with_length", [True, False])
    async def test_a_body_of_a_mebibyte_is_read(self, ada: Person, with_length: bool) -> None:
        body = b'{"title": "x"}'.ljust(MIB)
        content = body if with_length else in_pieces(body)
        assert (await ada.http.post(TASKS, content=content, headers=JSON)).status_code == 201

    async def test_a_body_that_nobody_asked_for_does_no_harm(self, ada: Person) -> None:
        task = await ada.creates_task()
        path = f"{TASKS}/{task['id']}"
        assert (await ada.http.request("GET", path, content=b"\xff", headers=JSON)).status_code == 200
        assert (await ada.http.request("DELETE", path, content=b"\xff", headers=JSON)).status_code == 204

    @pytest.mark.parametrize("fields", [{"title": "x" * 256}, {"assigneeId": 2**63}, {"nonsense": 1}])
    async def test_who_is_asking_comes_before_what_they_send(self, service: Service, fields: Json) -> None:
        problem(await service.http.post(TASKS, json=fields), 401, "unauthenticated")
        problem(await service.http.post(TASKS, content=b"\xff"), 401, "unauthenticated")

    @pytest.mark.parametrize("marks", ["\u0301\u0316" * 20_000, "\u0f73" * 20_000, "\uff9e\u0301" * 20_000])
    @pytest.mark.parametrize("path", [SIGN_UP, SIGN_IN])
    async def test_marks_without_end_on_one_letter_are_refused(
        self, service: Service, path: str, marks: str
    ) -> None:
        refused = faults(await service.http.post(path, json={"username": "a" + marks, "password": PASSWORD}))
        assert set(refused) == {"username"}

    async def test_a_description_of_nothing_but_marks_is_refused_too(self, ada: Person) -> None:
        body = {"title": "x", "description": "a" + "\u0301\u0316" * 9_000}
        assert set(faults(await ada.http.post(TASKS, json=body))) == {"description"}

    async def test_an_answer_is_no_multiple_of_the_unknown_fields_it_complains_of(self, service: Service) -> None:
        body = {f"field{number}": 1 for number in range(50_000)}
        response = await service.http.post(SIGN_IN, json=body)
        assert len(response.content) < 10_000
        assert "49,980 more" in faults(response)["body"]
