"""Finding, writing and deleting cheats with a browser that runs no scripts. Needs the fixture `service`."""

import re
from html import unescape
from itertools import count

import httpx
import pytest

from domain.users import Role
from tests.contracts.http_service import API, Json, Person, Service, document, items
from tests.contracts.http_taxonomy import CHEATS, add
from tests.contracts.web_browser import Reader, at_a_browser, csrf_of, field, sent_by, tags
from tests.contracts.web_injection import SCRIPTS

LIBRARY, TAGS = "/cheats", "/cheats/tags"

_numbers = count(1)


async def arrives(service: Service, username: str, role: Role = Role.EMPLOYEE) -> tuple[Reader, Person]:
    """Give someone an account and sign them in, at a browser and with a program."""
    person = await service.joins(username, role)
    reader = at_a_browser(service)
    assert (await reader.signs_in(username)).status_code == 303
    return reader, person


async def keeps(person: Person, title: str, **fields: object) -> Json:
    """Create a cheat with a program and return it."""
    made = await person.http.post(CHEATS, json={"title": title, **fields})
    assert made.is_success, made.text
    return document(made)


def titles(page: httpx.Response) -> list[str]:
    """Return the titles of the cards on a page."""
    assert page.status_code == 200, page.text
    return [unescape(title) for title in re.findall(r'<h2 id="cheat-title-\d+"><a [^>]*>([^<]*)<', page.text)]


def link(page: httpx.Response, text: str) -> str:
    """Return where the link with this text leads."""
    (href,) = re.findall(rf'<a [^>]*href="([^"]*)"[^>]*>{text}</a>', page.text)
    return unescape(href)


@pytest.mark.anyio
class FindingCheatsContract:
    """The list."""

    async def test_it_is_narrowed_by_words_tags_owner_and_bag_all_in_the_address(self, service: Service) -> None:
        reader, nina = await arrives(service, "nina")
        other = await service.joins("noah")
        linux = await add(nina, f"{API}/platforms", "Nina's Linux")
        net = await add(nina, f"{API}/topics", "Nina's net")
        await keeps(nina, "Ninas ports", code="ss -tlnp", platformIds=[linux["id"]], topicIds=[net["id"]])
        await keeps(nina, "Ninas files", code="ls", platformIds=[linux["id"]])
        await keeps(other, "Ninas friend's ports")
        assert titles(await reader.opens(f"{LIBRARY}?q=ninas&sort=title")) == [
            "Ninas files",
            "Ninas friend's ports",
            "Ninas ports",
        ]
        both = f"platformId={linux['id']}&topicId={net['id']}"
        assert titles(await reader.opens(f"{LIBRARY}?{both}")) == ["Ninas ports"]
        assert titles(await reader.opens(f"{LIBRARY}?q=ninas&ownerId={other.id}")) == ["Ninas friend's ports"]
        for mine in ("ownerId=me", "inBag=true"):
            assert titles(await reader.opens(f"{LIBRARY}?q=ninas&{mine}&sort=title")) == [
                "Ninas files",
                "Ninas ports",
            ]
        page = await reader.opens(f"{LIBRARY}?q=ninas&{both}&inBag=true")
        assert field(page, "q")["value"] == "ninas"
        chosen = {(each["name"], each["value"]) for _, each in tags(page, "input") if "checked" in each}
        assert chosen == {("platformId", str(linux["id"])), ("topicId", str(net["id"])), ("inBag", "true")}

    async def test_more_follows_under_the_same_filters_and_one_comes_back(self, service: Service) -> None:
        reader, paul = await arrives(service, "paul")
        for number in range(23):
            await keeps(paul, f"Pauls {number:02}")
        first = await reader.opens(f"{LIBRARY}?q=pauls&sort=title")
        assert "The first 20 cheats, and more." in first.text
        second = await reader.opens(link(first, "More"))
        assert titles(first) + titles(second) == [f"Pauls {number:02}" for number in range(23)]
        assert "3 cheats." in second.text
        assert titles(await reader.opens(link(second, "To the beginning"))) == titles(first)
        files = await reader.http.get(link(second, "JSON"))
        assert files.headers["content-disposition"] == 'attachment; filename="cheats.json"'
        assert [each["title"] for each in items(files)] == titles(first) + titles(second)

    async def test_a_card_shows_how_the_code_begins_and_a_page_all_of_it(self, service: Service) -> None:
        reader, pia = await arrives(service, "pia")
        code = "".join(f"echo line-{number}\n" for number in range(30))
        cheat = await keeps(pia, "Pias lines", code=code, language="bash", notes="One\ntwo <three>")
        card = await reader.opens(f"{LIBRARY}?q=pias")
        assert "line-7" in card.text
        assert "line-8" not in card.text
        assert "Show all" in card.text
        page = await reader.opens(f"{LIBRARY}/{cheat['id']}")
        (shown,) = re.findall(r"<code id[^>]*>(.*?)</code>", page.text, re.DOTALL)
        assert unescape(re.sub(r"<[^>]*>", "", shown)) == code
        assert '<span class="code-type">echo</span>' in shown
        assert "One\ntwo &lt;three&gt;" in page.text

    async def test_what_cannot_be_searched_is_told_beside_the_words(self, service: Service) -> None:
        reader, _ = await arrives(service, "petra")
        words = " ".join(f"w{number}w" for number in range(9))
        for query, told in ((f"q={words}", "at most 8 different words"), ("q=petra&cursor=x", "does not belong")):
            page = await reader.opens(f"{LIBRARY}?{query}")
            assert page.status_code == 422
            assert told in page.text
            assert field(page, "q")["value"]

    @pytest.mark.parametrize(
        "query",
        ["platformId=x", "topicId=-1", "sort=code", "inBag=1", "ownerId=%00", f"platformId={10**20}"],
    )
    async def test_rubbish_in_the_address_is_a_page_that_says_so(self, service: Service, query: str) -> None:
        reader, _ = await arrives(service, f"rubbish-{next(_numbers)}")
        page = await reader.opens(f"{LIBRARY}?{query}")
        assert page.status_code == 422
        assert "That does not fit" in page.text

    async def test_nothing_found_says_how_to_go_on(self, service: Service) -> None:
        reader, _ = await arrives(service, "pelle")
        page = await reader.opens(f"{LIBRARY}?q=nothing-has-this")
        assert "No cheat fits" in page.text
        assert "Show all cheats" in page.text


@pytest.mark.anyio
class WritingCheatsContract:
    """A cheat from its beginning to its end."""

    async def test_it_is_made_with_new_platforms_and_topics_changed_and_deleted(self, service: Service) -> None:
        reader, walt = await arrives(service, "walt")
        linux = await add(walt, f"{API}/platforms", "Walts Linux")
        made = await reader.sends(
            LIBRARY,
            {
                "title": "Walts ports",
                "language": "Bash",
                "newPlatforms": "walts  LINUX, Walts BSD",
                "newTopics": "Walts net,,walts NET",
                "code": "\r\nss -tlnp\r\n",
                "notes": "",
            },
            form_at=f"{LIBRARY}/new",
        )
        assert made.status_code == 303, made.text
        path = made.headers["location"]
        cheat = document(await walt.http.get(f"{API}{path}"))
        assert cheat["code"] == "\nss -tlnp\n"
        assert (cheat["language"], cheat["inBag"], len(cheat["platformIds"]), len(cheat["topicIds"])) == (
            "bash",
            True,
            2,
            1,
        )
        assert linux["id"] in cheat["platformIds"]
        shown = await reader.opens(path)
        assert "The cheat is saved" in shown.text
        assert "Walts BSD" in shown.text
        form = await reader.opens(f"{path}/edit")
        version = next(each["value"] for _, each in tags(form, "input") if each.get("name") == "version")
        changed = await reader.sends(
            path, {"title": "Walts sockets", "version": version, "code": "ss"}, form_at=f"{path}/edit"
        )
        assert (changed.status_code, changed.headers["location"]) == (303, path)
        cheat = document(await walt.http.get(f"{API}{path}"))
        assert (cheat["title"], cheat["code"], cheat["language"], cheat["platformIds"]) == (
            "Walts sockets",
            "ss",
            None,
            [],
        )
        gone = await reader.sends(f"{path}/delete", {"version": "2"}, form_at=path)
        assert (gone.status_code, gone.headers["location"]) == (303, LIBRARY)
        assert (await reader.opens(path)).status_code == 404

    async def test_every_fault_stands_beside_its_field_and_nothing_is_made(self, service: Service) -> None:
        reader, wim = await arrives(service, "wim")
        page = await reader.sends(
            LIBRARY,
            {
                "title": "",
                "language": "two words",
                "newTopics": f"Wims good, {'x' * 81}",
                "code": "kept\n  as it is",
            },
            form_at=f"{LIBRARY}/new",
        )
        assert page.status_code == 422
        for name in ("title", "language", "newTopics"):
            assert field(page, name)["aria-invalid"] == "true"
        assert "kept\n  as it is</textarea>" in page.text
        assert field(page, "newTopics")["value"].startswith("Wims good")
        assert not items(await wim.http.get(f"{API}/topics?q=wims"))
        page = await reader.sends(LIBRARY, {"title": "x", "platformIds": "999999999"}, form_at=f"{LIBRARY}/new")
        assert page.status_code == 422
        assert "do not" in page.text

    async def test_a_change_on_top_of_anothers_is_shown_before_it_is_saved(self, service: Service) -> None:
        reader, wanda = await arrives(service, "wanja")
        path = f"{LIBRARY}/{(await keeps(wanda, 'Before', code='old'))['id']}"
        assert (await wanda.http.patch(f"{API}{path}", json={"title": "Theirs", "notes": "New"})).is_success
        mine = {"title": "Mine", "code": "old", "version": "1"}
        page = await reader.sends(path, mine, form_at=f"{path}/edit")
        assert page.status_code == 412
        assert field(page, "title")["value"] == "Mine"
        assert "Theirs" in page.text
        assert document(await wanda.http.get(f"{API}{path}"))["title"] == "Theirs"
        (version,) = {each["value"] for _, each in tags(page, "input") if each.get("name") == "version"}
        assert (await reader.http.post(path, data={**mine, "version": version, "csrf": csrf_of(page)})).is_redirect
        assert document(await wanda.http.get(f"{API}{path}"))["title"] == "Mine"
        kept = await reader.sends(f"{path}/delete", {"version": "1"}, form_at=path)
        assert kept.headers["location"] == path
        assert "so it was not deleted" in (await reader.opens(path)).text
        assert (await wanda.http.delete(f"{API}{path}")).is_success
        lost = await reader.sends(path, mine, form_at=f"{LIBRARY}/new")
        assert lost.status_code == 404
        assert field(lost, "title")["value"] == "Mine"
        assert f'action="{LIBRARY}"' in lost.text

    async def test_what_two_editors_did_to_different_fields_both_survives(self, service: Service) -> None:
        reader, wenke = await arrives(service, "wenke")
        linux = await add(wenke, f"{API}/platforms", "Wenkes Linux")
        net = await add(wenke, f"{API}/topics", "Wenkes net")
        cheat = await keeps(wenke, "As it was", code="old\r\ncode", notes="old", platformIds=[linux["id"]])
        path = f"{LIBRARY}/{cheat['id']}"
        opened = sent_by(await reader.opens(f"{path}/edit"))
        theirs = {"notes": "their notes", "platformIds": [], "topicIds": [net["id"]]}
        assert (await wenke.http.patch(f"{API}{path}", json=theirs)).is_success
        page = await reader.http.post(path, data={**opened, "code": "my code", "newTopics": "Wenkes new"})
        assert page.status_code == 412
        told = page.text.partition("How the cheat is now")[2].partition("</section>")[0]
        assert re.findall(r"<dt>(.*?)</dt>", told) == ["Platforms", "Topics", "Notes"]
        assert "their notes" in told
        assert "Wenkes net" in told
        again = await reader.http.post(path, data=sent_by(page))
        assert again.status_code == 303, again.text
        kept = document(await wenke.http.get(f"{API}{path}"))
        assert (kept["title"], kept["code"], kept["notes"]) == ("As it was", "my code", "their notes")
        assert kept["platformIds"] == []
        assert net["id"] in kept["topicIds"]
        assert len(kept["topicIds"]) == 2

    async def test_a_form_of_the_longest_texts_is_sent_back_without_being_too_long(self, service: Service) -> None:
        reader, wiebke = await arrives(service, "wiebke")
        longest = "\u00e4" * 80_000
        path = f"{LIBRARY}/{(await keeps(wiebke, 'Long', code=longest, notes=longest))['id']}"
        opened = sent_by(await reader.opens(f"{path}/edit"))
        assert (await reader.http.post(path, data={**opened, "title": "Still long"})).status_code == 303
        assert document(await wiebke.http.get(f"{API}{path}"))["code"] == longest

    async def test_the_bag_is_kept_with_a_button_and_one_stays_where_one_was(self, service: Service) -> None:
        reader, wera = await arrives(service, "wera")
        other = await service.joins("wolf")
        path = f"{LIBRARY}/{(await keeps(other, 'Wolfs own'))['id']}"
        back = f"{LIBRARY}?q=wolfs"
        for keep, in_bag in (("on", True), ("on", True), ("off", False)):
            answer = await reader.sends(f"{path}/bag", {"keep": keep, "next": back}, form_at=back)
            assert (answer.status_code, answer.headers["location"]) == (303, back)
            assert document(await wera.http.get(f"{API}{path}"))["inBag"] is in_bag
        token = csrf_of(await reader.opens(path))
        script = {"HX-Request": "true", "X-CSRF-Token": token}
        part = await reader.http.post(f"{path}/bag", data={"keep": "on", "next": "//evil.example"}, headers=script)
        assert part.status_code == 200
        assert "In my bag" in part.text
        assert "evil" not in part.text
        assert "<html" not in part.text

    @pytest.mark.parametrize("text", SCRIPTS)
    async def test_nothing_that_is_written_becomes_markup(self, service: Service, text: str) -> None:
        number = SCRIPTS.index(text)
        reader, xeno = await arrives(service, f"xeno{number}")
        tag = await add(
            xeno, f"{API}/topics", f"{text.replace(chr(0x2028), '').replace(chr(0x2029), '')} {number}"
        )
        fields = {"notes": text, "code": f"{text}\n{text}", "language": "html", "topicIds": [tag["id"]]}
        cheat = await keeps(xeno, text, **fields)
        pages = [
            await reader.opens(f"{LIBRARY}?ownerId=me"),
            await reader.opens(f"{LIBRARY}/{cheat['id']}"),
            await reader.opens(f"{LIBRARY}/{cheat['id']}/edit"),
            await reader.opens(TAGS),
            await reader.http.get(LIBRARY, params={"q": text}),
            await reader.sends(
                LIBRARY, {"title": "", "language": text, "newTopics": text}, form_at=f"{LIBRARY}/new"
            ),
        ]
        for page in pages:
            for name, attributes in tags(page):
                assert name != "img" or attributes.get("src", "").startswith("/static/")
                assert name != "script" or attributes["src"].startswith("/static/")
                assert not [each for each in attributes if each.startswith("on")]
                assert "javascript:" not in attributes.get("href", "")
        (title,) = re.findall(r"<h1>(.*?)</h1>", pages[1].text, re.DOTALL)
        assert unescape(title) == text
