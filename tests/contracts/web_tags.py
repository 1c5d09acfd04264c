"""Platforms and topics with a browser that runs no scripts. Needs the fixture `service`."""

import pytest

from domain.users import Role
from tests.contracts.http_service import API, Service, document, items
from tests.contracts.http_taxonomy import CHEATS
from tests.contracts.web_browser import field
from tests.contracts.web_cheats import TAGS, arrives, keeps


@pytest.mark.anyio
class TagPagesContract:
    """Listing, adding, renaming and deleting."""

    async def test_everyone_sees_and_adds_them_managers_rename_and_delete_them(self, service: Service) -> None:
        boss, _ = await arrives(service, "tina", Role.MANAGER)
        reader, tom = await arrives(service, "tom")
        assert (await reader.sends(TAGS, {"kind": "topic", "name": "Toms topic"})).status_code == 303
        again = await reader.sends(TAGS, {"kind": "topic", "name": "TOMS  topic"})
        assert again.status_code == 422
        assert field(again, "name")["aria-invalid"] == "true"
        (topic,) = items(await tom.http.get(f"{API}/topics?q=toms"))
        cheat = await keeps(tom, "Under it", topicIds=[topic["id"]])
        path = f"{TAGS}/topic/{topic['id']}"
        assert path not in (await reader.opens(TAGS)).text
        assert (await reader.opens(path)).status_code == 403
        assert (await reader.sends(path, {"name": "x", "version": "1"}, form_at=TAGS)).status_code == 403
        assert path in (await boss.opens(TAGS)).text
        assert (await boss.sends(path, {"name": "Tinas topic", "version": "1"})).status_code == 303
        stale = await boss.sends(path, {"name": "Another", "version": "1"})
        assert stale.status_code == 412
        assert field(stale, "name")["value"] == "Another"
        assert "1 cheat stands under it" in stale.text
        in_use = await boss.sends(f"{path}/delete", {"version": "2"}, form_at=path)
        assert in_use.status_code == 422
        assert (
            await boss.sends(f"{path}/delete", {"version": "2", "force": "on"}, form_at=path)
        ).status_code == 303
        assert document(await tom.http.get(f"{CHEATS}/{cheat['id']}"))["topicIds"] == []
        assert (await boss.opens(path)).status_code == 404

    async def test_there_are_no_other_kinds(self, service: Service) -> None:
        boss, _ = await arrives(service, "tilda", Role.ADMIN)
        assert (await boss.opens(f"{TAGS}/owner/1")).status_code == 404
