"""What the audit trail owes: each change of anything is one event, whoever makes it, and no other."""

import pytest

from domain.users import Role
from tests.contracts.http_service import API, TASKS, Json, Person, Service, document, items

AUDIT = f"{API}/audit"
CHEATS = f"{API}/cheats"


async def trail(root: Person, query: str) -> list[Json]:
    """Return what the audit trail says, the first first."""
    response = await root.http.get(f"{AUDIT}?sort=occurredAt&limit=100&{query}")
    assert response.status_code == 200, response.text
    return items(response)


def types(events: list[Json]) -> list[str]:
    """Return what happened, without the rest."""
    return [event["type"] for event in events]


@pytest.mark.anyio
class ChangesOnRecordContract:
    """Each change of a task, cheat, platform or topic is one event, there as soon as the change is."""

    async def test_a_task_leaves_one_event_for_each_change(self, service: Service, root: Person) -> None:
        person = await service.joins("task-writer")
        task = await person.creates_task("Audit me", description="Long words that are not kept for ever.")
        path = f"{TASKS}/{task['id']}"
        assert (await person.http.patch(path, json={"status": "done", "description": "Others."})).is_success
        assert (await person.http.patch(path, json={"status": "done"})).is_success
        assert (await person.http.delete(path)).status_code == 204
        events = await trail(root, f"subjectType=task&subjectId={task['id']}")
        assert types(events) == ["task.created", "task.updated", "task.deleted"]
        assert {event["actorId"] for event in events} == {person.id}
        assert events[1]["data"] == {
            "title": "Audit me",
            "status": "done",
            "version": 2,
            "changed": ["status", "description"],
        }
        assert "Long words" not in str(events)

    async def test_a_refused_change_leaves_none(self, service: Service, root: Person) -> None:
        owner, other = await service.joins("task-owner"), await service.joins("task-stranger")
        task = await owner.creates_task()
        path = f"{TASKS}/{task['id']}"
        assert (await other.http.patch(path, json={"title": "Mine now"})).status_code == 403
        assert (await other.http.delete(path)).status_code == 403
        assert (await owner.http.patch(path, json={"title": "x"}, headers={"If-Match": '"9"'})).status_code == 412
        assert types(await trail(root, f"subjectType=task&subjectId={task['id']}")) == ["task.created"]

    async def test_a_cheat_leaves_one_event_for_each_change_and_bags_leave_none(
        self, service: Service, root: Person
    ) -> None:
        person = await service.joins("cheat-writer")
        cheat = document(await person.http.post(CHEATS, json={"title": "Audit me", "code": "not kept"}))
        path = f"{CHEATS}/{cheat['id']}"
        assert (await root.http.put(f"{path}/bag")).status_code == 204
        assert (await person.http.patch(path, json={"notes": "not kept"})).is_success
        assert (await person.http.delete(path)).status_code == 204
        events = await trail(root, f"subjectType=cheat&subjectId={cheat['id']}")
        assert types(events) == ["cheat.created", "cheat.updated", "cheat.deleted"]
        assert events[1]["data"] == {"title": "Audit me", "version": 2, "changed": ["notes"]}
        assert "not kept" not in str(events)

    @pytest.mark.parametrize("kind", ["platform", "topic"])
    async def test_taking_a_tag_off_its_cheats_is_an_event_of_each(
        self, service: Service, root: Person, kind: str
    ) -> None:
        manager = await service.joins(f"{kind}-keeper", Role.MANAGER)
        tag = document(await manager.http.post(f"{API}/{kind}s", json={"name": "Audited"}))
        path, field = f"{API}/{kind}s/{tag['id']}", f"{kind}Ids"
        cheats = [
            document(await root.http.post(CHEATS, json={"title": title, field: [tag["id"]]}))
            for title in ("A", "B")
        ]
        assert (await manager.http.patch(path, json={"name": "Audited twice"})).is_success
        assert (await manager.http.delete(path)).status_code == 409
        assert (await manager.http.delete(f"{path}?force=true")).status_code == 204
        events = await trail(root, f"subjectType={kind}&subjectId={tag['id']}")
        assert types(events) == [f"{kind}.created", f"{kind}.updated", f"{kind}.deleted"]
        for cheat in cheats:
            _, unlinked = await trail(root, f"subjectType=cheat&subjectId={cheat['id']}")
            assert (unlinked["type"], unlinked["actorId"]) == ("cheat.updated", manager.id)
            assert unlinked["data"] == {"title": cheat["title"], "version": 2, "changed": [field]}

    async def test_an_import_leaves_an_event_for_each_cheat_it_makes_or_changes(
        self, service: Service, root: Person
    ) -> None:
        person = await service.joins("importer")
        file: list[Json] = [
            {"key": "audited1", "title": "One", "platforms": ["New here"]},
            {"key": "audited2", "title": "Two"},
        ]
        assert (await person.http.post(f"{CHEATS}/import?dryRun=true", json=file)).is_success
        assert await trail(root, f"actorId={person.id}&type=cheat.created,platform.created") == []
        assert (await person.http.post(f"{CHEATS}/import", json=file)).is_success
        file[1]["code"] = "changed"
        assert (await person.http.post(f"{CHEATS}/import", json=file)).is_success
        events = await trail(root, f"actorId={person.id}&subjectType=cheat")
        assert types(events) == ["cheat.created", "cheat.created", "cheat.updated"]
        assert types(await trail(root, f"actorId={person.id}&subjectType=platform")) == ["platform.created"]
