"""What the HTTP surface owes those who take cheats out and in."""

from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager

import pytest
from litestar.exceptions import LitestarException

from application.ports.cheats import CheatFilter
from domain.errors import Unavailable
from domain.portability import ExportedCheat
from domain.users import Role, User
from entrypoints.formats.catalogue import FORMATS
from tests.contracts.cheat_files import read_from
from tests.contracts.http_service import Json, Person, Service, document, faults, items, problem
from tests.contracts.http_taxonomy import CHEATS
from tests.contracts.http_wiring import put

EXPORT = f"{CHEATS}/export"
IMPORT = f"{CHEATS}/import"
JSON = {"Content-Type": "application/json"}
MIB = 2**20
PORTS: Json = {
    "key": "ports",
    "title": "List open ports",
    "language": "bash",
    "platforms": ["Linux"],
    "topics": ["network"],
    "notes": "As root.",
    "code": "ss -tlnp",
}


async def imports(person: Person, *cheats: Json, query: str = "") -> Json:
    """Import cheats and return the outcome."""
    response = await person.http.post(f"{IMPORT}{query}", json=cheats)
    assert response.status_code == 200, response.text
    return document(response)


def outcome(created: int = 0, updated: int = 0, unchanged: int = 0) -> Json:
    """Return the answer to an import."""
    return {"created": created, "updated": updated, "unchanged": unchanged}


@pytest.fixture(scope="class")
async def bob(service: Service, anyio_backend: str) -> AsyncGenerator[Person]:
    """Someone else."""
    person = await service.joins("bob")
    async with person.http:
        yield person


@pytest.mark.anyio
class ExportingContract:
    """`GET /cheats/export`."""

    @pytest.mark.parametrize(
        ("form", "name", "media_type"),
        [
            ("json", "cheats.json", "application/json"),
            ("csv", "cheats.csv", "text/csv; charset=utf-8"),
            ("markdown", "cheats.md", "text/markdown; charset=utf-8"),
        ],
    )
    async def test_all_cheats_come_as_a_file(self, ada: Person, form: str, name: str, media_type: str) -> None:
        await imports(ada, PORTS)
        response = await ada.http.get(f"{EXPORT}?format={form}&q=ports")
        assert response.status_code == 200
        assert response.headers["content-type"] == media_type
        assert response.headers["content-disposition"] == f'attachment; filename="{name}"'
        assert response.headers["cache-control"] == "no-store"
        (cheat,) = read_from(FORMATS[form], response.content)
        assert (cheat.key, cheat.title, cheat.topics) == ("ports", "List open ports", ("network",))

    async def test_it_is_json_unless_another_format_is_asked_for(self, ada: Person) -> None:
        await imports(ada, PORTS)
        assert items(await ada.http.get(f"{EXPORT}?q=ports")) == [PORTS]

    async def test_it_holds_all_that_the_filters_of_the_list_leave(self, ada: Person, bob: Person) -> None:
        await imports(ada, *({"title": f"Number {n:03}"} for n in range(205)), {"title": "Under both"})
        tagged = {"title": "Tagged", "platforms": ["Only here"], "topics": ["And there"]}
        await imports(bob, tagged)
        numbers = items(await ada.http.get(f"{EXPORT}?ownerId=me&q=number&limit=3&page=9"))
        assert [cheat["title"] for cheat in numbers] == [f"Number {n:03}" for n in range(205)]
        (listed,) = items(await ada.http.get(f"{CHEATS}?ownerId={bob.id}"))
        tags = f"platformId={listed['platformIds'][0]}&topicId={listed['topicIds'][0]}"
        for query in (tags, f"ownerId={bob.id}"):
            assert [cheat["title"] for cheat in items(await ada.http.get(f"{EXPORT}?{query}"))] == ["Tagged"]
        assert items(await ada.http.get(f"{EXPORT}?{tags}&inBag=true")) == []
        assert [cheat["title"] for cheat in items(await bob.http.get(f"{EXPORT}?inBag=true"))] == ["Tagged"]

    async def test_the_list_itself_is_not_hidden_behind_it(self, ada: Person) -> None:
        problem(await ada.http.get(f"{CHEATS}/exports"), 404, "not-found")
        refused = await ada.http.delete(EXPORT)
        problem(refused, 405, "method-not-allowed")
        assert "GET" in refused.headers["allow"]

    @pytest.mark.parametrize(
        "query", ["format=xml", "format=", "ownerId=0", "platformId=x", "inBag=2", "q=" + "x" * 201]
    )
    async def test_a_query_that_means_nothing_is_refused(self, ada: Person, query: str) -> None:
        assert set(faults(await ada.http.get(f"{EXPORT}?{query}"))) == {query.partition("=")[0]}

    async def test_it_is_for_those_who_are_signed_in(self, service: Service) -> None:
        problem(await service.http.get(EXPORT), 401, "unauthenticated")
        problem(await service.http.post(IMPORT, json=[]), 401, "unauthenticated")

    async def test_a_store_that_is_away_is_told_before_the_file_begins(
        self, service: Service, ada: Person
    ) -> None:
        with _export_failing_after(0, service):
            response = await ada.http.get(EXPORT)
        problem(response, 503, "unavailable")
        assert "content-disposition" not in response.headers

    async def test_a_file_that_cannot_be_ended_breaks_off(self, service: Service, ada: Person) -> None:
        with (
            _export_failing_after(1_000, service),
            # The server closes the connection then, so that nobody takes what came for the whole.
            pytest.raises(LitestarException),
        ):
            await ada.http.get(EXPORT)

    async def test_who_asks_for_the_head_alone_has_no_file_read_to_its_end(
        self, service: Service, ada: Person
    ) -> None:
        with _export_failing_after(1_000, service):
            response = await ada.http.head(EXPORT)
        assert (response.status_code, response.content) == (200, b"")
        assert "content-disposition" in response.headers


@contextmanager
def _export_failing_after(count: int, service: Service) -> Generator[None]:
    async def export(actor: User, *, wanted: CheatFilter) -> AsyncGenerator[ExportedCheat]:
        for n in range(count):
            yield ExportedCheat(f"k{n}", "Title", notes="x" * 1_000)
        raise Unavailable("The database does not answer.")

    put(export, service.container.export_cheats)
    yield
    service.container.export_cheats.reset_last_overriding()


@pytest.mark.anyio
class ImportingContract:
    """`POST /cheats/import`."""

    async def test_cheats_are_created_changed_and_left_alone(self, ada: Person) -> None:
        assert await imports(ada, PORTS, {"title": "Other"}) == outcome(created=2)
        assert await imports(ada, PORTS, {"title": "Other"}) == outcome(unchanged=2)
        assert await imports(ada, PORTS | {"code": "lsof -i"}, {"title": "Third"}) == outcome(created=1, updated=1)
        (ports,) = items(await ada.http.get(f"{CHEATS}?q=ports"))
        assert (ports["code"], ports["ownerId"], ports["inBag"]) == ("lsof -i", ada.id, True)

    async def test_what_was_exported_can_be_imported(self, ada: Person, bob: Person) -> None:
        await imports(ada, PORTS | {"key": "again"}, {"title": "Anything"})
        file = (await ada.http.get(EXPORT)).content
        response = await bob.http.post(IMPORT, content=file, headers=JSON)
        assert document(response) == outcome(unchanged=len(items(await ada.http.get(EXPORT))))

    async def test_a_dry_run_changes_nothing(self, ada: Person) -> None:
        cheat = {"key": "dry", "title": "Dry", "platforms": ["Desert"]}
        assert await imports(ada, cheat, query="?dryRun=true") == outcome(created=1)
        assert await imports(ada, cheat, query="?dryRun=true") == outcome(created=1)
        assert items(await ada.http.get("/api/v1/platforms?q=desert")) == []
        assert await imports(ada, cheat, query="?dryRun=false") == outcome(created=1)
        assert set(faults(await ada.http.post(f"{IMPORT}?dryRun=perhaps", json=[]))) == {"dryRun"}

    async def test_no_cheats_are_imported_in_no_time(self, ada: Person) -> None:
        assert await imports(ada) == outcome()

    async def test_a_cheat_of_another_changes_for_managers_alone(
        self, service: Service, ada: Person, bob: Person
    ) -> None:
        await imports(ada, {"key": "adas", "title": "Ada's"})
        changed = {"key": "adas", "title": "Bob's"}
        refusal = problem(await bob.http.post(IMPORT, json=[{"title": "New"}, changed]), 403, "forbidden")
        assert [error["field"] for error in refusal["errors"]] == ["cheats[1].key"]
        assert items(await bob.http.get(f"{CHEATS}?ownerId=me&q=new")) == []
        manager = await service.joins("manager", Role.MANAGER)
        assert await imports(manager, changed) == outcome(updated=1)

    async def test_every_fault_of_every_cheat_is_named(self, ada: Person) -> None:
        wrong = [
            {"title": "Good"},
            {"key": "A b", "language": 1, "platforms": ["", "x" * 81], "topics": "x", "ownerId": 1},
            "cheat",
            {"title": " ", "notes": "\0", "code": "x" * 100_001},
            {"title": "e\u0301" * 200, "platforms": ["e\u0301" * 80]},
        ]
        assert list(faults(await ada.http.post(IMPORT, json=wrong))) == [
            *(f"cheats[1].{field}" for field in ("ownerId", "key", "title", "language", "platforms", "topics")),
            "cheats[2]",
            *(f"cheats[3].{field}" for field in ("title", "notes", "code")),
        ]
        twice = [
            {"title": "Twice"},
            {"title": "Twice"},
            {"title": "One", "key": "a"},
            {"title": "Two", "key": "a"},
        ]
        assert list(faults(await ada.http.post(IMPORT, json=twice))) == ["cheats[1].title", "cheats[3].key"]

    async def test_an_answer_is_no_multiple_of_what_it_answers(self, ada: Person) -> None:
        response = await ada.http.post(IMPORT, json=[1] * 9_000)
        assert faults(response)["cheats"] == "have 1,000 more faults, at least"
        assert len(response.content) < 100_000

    async def test_a_file_that_is_too_long_is_not_looked_through_for_faults(self, ada: Person) -> None:
        body = f"[{','.join(['{}'] * 300_000)}]"
        named = faults(await ada.http.post(IMPORT, content=body, headers={"Content-Type": "application/json"}))
        assert named == {"body": "must hold at most 10,000 elements; some of these are wrong, too"}

    @pytest.mark.parametrize(
        ("body", "slug", "status"),
        [
            (b"", "malformed", 400),
            (b"[", "malformed", 400),
            (b'[{"title": "\xff"}]', "malformed", 400),
            (b"[" * 100_000, "malformed", 400),
            (b"{}", "invalid", 422),
            (b"null", "invalid", 422),
            (b'[{"title": "\\ud800"}]', "invalid", 422),
            (b'[{"title": "x", "notes": "' + b"x" * MIB + b'"}]', "too-large", 413),
        ],
        ids=lambda value: repr(value)[:20],
    )
    async def test_all_that_holds_for_bodies_holds_for_these(
        self, ada: Person, body: bytes, slug: str, status: int
    ) -> None:
        problem(await ada.http.post(IMPORT, content=body, headers=JSON), status, slug)

    async def test_a_body_that_is_not_said_to_be_json_is_not_read(self, ada: Person) -> None:
        response = await ada.http.post(IMPORT, content=b"[]", headers={"Content-Type": "text/csv"})
        problem(response, 415, "unsupported-media-type")
