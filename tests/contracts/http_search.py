"""What the HTTP surface owes those who look for anything at all."""

from html import unescape
from urllib.parse import quote

import pytest

from tests.contracts.http_paging import walk
from tests.contracts.http_service import API, TASKS, Json, Person, Service, document, faults, items, links

SEARCH = f"{API}/search"
CHEATS = f"{API}/cheats"

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</mark><svg onload=alert(1)>",
    "\"' onmouseover='alert(1)",
    "&lt;script&gt; &amp; &#60;",
    "<!-- ]]> --> <mark>mine</mark>",
    "javascript:alert(1)//\u2028</textarea>",
)


async def creates_cheat(person: Person, title: str, **fields: object) -> Json:
    """Create a cheat and return it."""
    response = await person.http.post(CHEATS, json={"title": title, **fields})
    assert response.status_code == 201, response.text
    return document(response)


async def finds(person: Person, text: str, rest: str = "") -> list[Json]:
    """Return the first page of what is found."""
    response = await person.http.get(f"{SEARCH}?q={quote(text, safe='')}{rest}")
    assert response.status_code == 200, response.text
    return items(response)


@pytest.fixture(scope="class")
async def garden(service: Service, ada: Person, anyio_backend: str) -> Person:
    """Someone with tasks and cheats about plants, and others beside them."""
    await ada.creates_task("Water the plants", description="Every day & <twice> in summer")
    await creates_cheat(ada, "Plant a tree", notes="Dig a hole, *then* plant the tree.", code="tree.plant()")
    await ada.creates_task("A tree to plant")
    lines = "x = 1\n" * 100
    await creates_cheat(ada, "Gärten", code=f"{lines}grow(Pflánzen, 'plants')\n{lines}")
    await ada.creates_task("Sing")
    await creates_cheat(ada, "Dance", notes="to music")
    return ada


@pytest.mark.anyio
class SearchingContract:
    """What is found, and how it is shown."""

    async def test_tasks_and_cheats_come_in_one_list_the_best_match_first(self, garden: Person) -> None:
        found = await finds(garden, "plant tree")
        assert all(set(result) == {"type", "id", "title", "snippet", "score"} for result in found)
        assert [(result["type"], result["title"], result["score"]) for result in found] == [
            ("task", "A tree to plant", 0.5),
            ("cheat", "Plant a tree", 0.5),
        ]
        found = await finds(garden, "plant")
        assert [(result["type"], result["title"], result["score"]) for result in found] == [
            ("cheat", "Plant a tree", 1),
            ("task", "A tree to plant", 0.75),
            ("task", "Water the plants", 0.75),
            ("cheat", "Gärten", 0.25),
        ]

    async def test_type_and_id_lead_to_what_was_found(self, garden: Person) -> None:
        for result in await finds(garden, "plant"):
            there = document(await garden.http.get(f"{API}/{result['type']}s/{result['id']}"))
            assert there["title"] == result["title"]

    async def test_matches_are_marked_where_they_are_and_texts_begin_where_only_the_title_matches(
        self, garden: Person
    ) -> None:
        snippets = {result["title"]: result["snippet"] for result in await finds(garden, "PLANT")}
        assert snippets["Plant a tree"] == "Dig a hole, *then* <mark>plant</mark> the tree."
        assert snippets["Water the plants"] == "Every day &amp; &lt;twice&gt; in summer"
        assert snippets["A tree to plant"] == ""
        assert "<mark>plant</mark>s&#x27;)" in snippets["Gärten"]
        assert snippets["Gärten"].startswith("…")
        assert snippets["Gärten"].endswith("…")

    async def test_case_and_accents_do_not_matter(self, garden: Person) -> None:
        (found,) = await finds(garden, "GARTEN pflanzen")
        assert found["title"] == "Gärten"
        assert "<mark>Pflánzen</mark>" in found["snippet"]

    @pytest.mark.parametrize(
        ("rest", "expected"),
        [
            ("", {"task", "cheat"}),
            ("&type=", {"task", "cheat"}),
            ("&type=task", {"task"}),
            ("&type=cheat", {"cheat"}),
            ("&type=task,cheat", {"task", "cheat"}),
            ("&type=task&type=cheat", {"task", "cheat"}),
        ],
    )
    async def test_a_search_keeps_to_the_types_asked_for(
        self, garden: Person, rest: str, expected: set[str]
    ) -> None:
        assert {result["type"] for result in await finds(garden, "plant", rest)} == expected

    async def test_of_equal_matches_what_changed_last_is_first(self, service: Service) -> None:
        person = await service.joins("gardener")
        old = await person.creates_task("weeding one")
        await creates_cheat(person, "weeding two")
        await person.creates_task("weeding three")
        await person.http.patch(f"{TASKS}/{old['id']}", json={"priority": "high"})
        assert [result["title"] for result in await finds(person, "weeding")] == [
            "weeding one",
            "weeding three",
            "weeding two",
        ]

    @pytest.mark.parametrize("text", HOSTILE)
    async def test_what_people_wrote_never_becomes_markup(self, service: Service, text: str) -> None:
        person = await service.joins(f"writer-{HOSTILE.index(text)}")
        await person.creates_task(f"needle {text}", description=f"{text} needle {text}")
        await creates_cheat(person, f"needle {text}", notes=f"{text} needle {text}")
        for looked_for in ("needle", text):
            results = [result for result in await finds(person, looked_for) if text in result["title"]]
            assert {result["type"] for result in results} == {"task", "cheat"}
            for result in results:
                assert result["title"] == f"needle {text}"
                bare = result["snippet"].replace("<mark>", "").replace("</mark>", "")
                assert "<mark>" in result["snippet"]
                assert not set("<>\"'") & set(bare)
                assert unescape(bare) == f"{text} needle {text}"

    @pytest.mark.parametrize(
        "text",
        [
            "%",
            "_",
            "\\",
            "'",
            '"',
            "'; DROP TABLE tasks; --",
            "%s %(x)s",
            ":q",
            "a & | ! <-> (b)",
            "*",
            "\u202e",
            "🚀",
        ],
    )
    async def test_every_character_is_plain_text(self, garden: Person, text: str) -> None:
        assert await finds(garden, f"{text} nowhere") == []
        cheat = await creates_cheat(garden, f"plain {text}", notes=f"so {text} it is")
        assert cheat["id"] in {result["id"] for result in await finds(garden, f"plain {text}", "&type=cheat")}

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", {"q"}),
            ("q=", {"q"}),
            ("q=%20%09%E3%80%80", {"q"}),
            ("q=%CC%81", {"q"}),
            ("q=%00", {"q"}),
            ("q=" + "x" * 201, {"q"}),
            ("q=a+b+c+d+e+f+g+h+i", {"q"}),
            ("q=x&type=user", {"type"}),
            ("q=x&type=task,user", {"type"}),
            ("q=x&limit=0", {"limit"}),
            ("q=x&limit=101", {"limit"}),
            ("q=x&page=0", {"page"}),
            ("q=x&cursor=garbage", {"cursor"}),
            ("type=y&limit=z", {"q", "type", "limit"}),
        ],
    )
    async def test_a_parameter_that_breaks_its_rule_is_refused_by_name(
        self, garden: Person, query: str, expected: set[str]
    ) -> None:
        assert set(faults(await garden.http.get(f"{SEARCH}?{query}"))) == expected


@pytest.fixture(scope="class")
async def crowd(service: Service, ada: Person, anyio_backend: str) -> Person:
    """Someone with thirteen things about plants, of both types."""
    for number in range(7):
        await ada.creates_task(f"plant {number}" if number % 2 else f"the plant {number}")
    for number in range(6):
        await creates_cheat(ada, f"plant {number}", notes="été & hiver")
    return ada


@pytest.mark.anyio
class SearchPagesContract:
    """A search is read in pages like every list."""

    @pytest.mark.parametrize("limit", [1, 5, 12, 13, 14])
    async def test_following_the_links_shows_everything_once_and_in_order(self, crowd: Person, limit: int) -> None:
        whole = await finds(crowd, "plant", "&limit=100")
        pages = await walk(crowd, f"{SEARCH}?q=plant&limit={limit}")
        assert [result for page in pages for result in page] == whole
        assert len({(result["type"], result["id"]) for result in whole}) == 13
        assert [result["score"] for result in whole] == sorted((result["score"] for result in whole), reverse=True)

    async def test_page_mode_shows_the_same_and_counts(self, crowd: Person) -> None:
        response = await crowd.http.get(f"{SEARCH}?q=plant&limit=5&page=2")
        assert response.headers["x-total-count"] == "13"
        assert set(links(response)) == {"first", "prev", "next", "last"}
        assert links(response)["last"].endswith("page=3")
        assert items(response) == (await finds(crowd, "plant", "&limit=10"))[5:]

    async def test_a_cursor_belongs_to_its_own_search(self, crowd: Person) -> None:
        target = links(await crowd.http.get(f"{SEARCH}?q=plant&limit=3"))["next"]
        assert (await crowd.http.get(target)).status_code == 200
        for other in (target.replace("q=plant", "q=the"), f"{target}&type=task", target.replace(SEARCH, CHEATS)):
            assert set(faults(await crowd.http.get(other))) == {"cursor"}

    async def test_a_link_keeps_what_is_searched_for(self, crowd: Person) -> None:
        pages = await walk(crowd, f"{SEARCH}?q=%C3%A9t%C3%A9+%26&type=cheat&limit=4")
        assert [len(page) for page in pages] == [4, 2]
