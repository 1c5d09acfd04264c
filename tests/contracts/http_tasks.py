"""What the HTTP surface owes those who work with single tasks."""

import pytest

from domain.users import Role
from tests.contracts.http_service import (
    TASKS,
    Json,
    Person,
    Service,
    document,
    faults,
    problem,
)

CHANGING = ["PATCH", "PUT"]
BEYOND = 9_000_000_000_000_000_000


def path_of(task: Json) -> str:
    """Return where a task is."""
    return f"{TASKS}/{task['id']}"


@pytest.mark.anyio
class CreatingTasksContract:
    """Creating and reading a task."""

    async def test_a_new_task_is_returned_with_its_place_and_version(self, ada: Person) -> None:
        response = await ada.http.post(TASKS, json={"title": "Water the plants"})
        assert response.status_code == 201
        task = document(response)
        assert {name: value for name, value in task.items() if name not in {"id", "createdAt", "updatedAt"}} == {
            "title": "Water the plants",
            "description": None,
            "priority": "medium",
            "status": "todo",
            "deadline": None,
            "creatorId": ada.id,
            "assigneeId": None,
        }
        assert task["createdAt"] == task["updatedAt"]
        assert task["createdAt"].endswith("Z")
        assert response.headers["location"] == path_of(task)
        assert response.headers["etag"] == '"1"'

    async def test_the_location_of_a_new_task_is_the_task(self, ada: Person) -> None:
        created = await ada.http.post(TASKS, json={"title": "Water the plants"})
        response = await ada.http.get(created.headers["location"])
        assert response.status_code == 200
        assert document(response) == document(created)
        assert response.headers["etag"] == created.headers["etag"]

    async def test_every_field_is_kept(self, ada: Person) -> None:
        fields: Json = {
            "title": "Überprüfen",
            "description": "Zeile 1\nZeile 2\t🪴",
            "priority": "high",
            "status": "in_progress",
            "deadline": "2026-02-28T23:59:59.123456Z",
            "assigneeId": ada.id,
        }
        task = await ada.creates_task(**fields)
        kept = document(await ada.http.get(path_of(task)))
        assert {name: kept[name] for name in fields} == fields

    async def test_older_clients_say_pending_for_todo(self, ada: Person) -> None:
        task = await ada.creates_task(status="pending")
        assert task["status"] == "todo"
        response = await ada.http.patch(path_of(task), json={"status": "pending"})
        assert document(response)["status"] == "todo"

    async def test_text_is_kept_in_its_composed_form(self, ada: Person) -> None:
        assert (await ada.creates_task("e\u0301te\u0301"))["title"] == "\u00e9t\u00e9"

    async def test_a_time_with_an_offset_is_kept_in_utc(self, ada: Person) -> None:
        task = await ada.creates_task(deadline="2026-03-01T01:00:00+02:00")
        assert task["deadline"] == "2026-02-28T23:00:00Z"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("title", ""),
            ("title", "   "),
            ("title", "x" * 256),
            ("title", None),
            ("title", 7),
            ("title", ["x"]),
            ("description", "x" * 20_001),
            ("priority", "urgent"),
            ("priority", None),
            ("priority", 1),
            ("status", "finished"),
            ("status", "TODO"),
            ("deadline", "tomorrow"),
            ("deadline", "2026-03-01"),
            ("deadline", "2026-03-01T12:00:00"),
            ("deadline", "2026-02-30T12:00:00Z"),
            ("deadline", "0001-01-01T00:00:00+01:00"),
            ("deadline", "9999-12-31T23:59:59-01:00"),
            ("deadline", 1_700_000_000),
            ("assigneeId", 0),
            ("assigneeId", -1),
            ("assigneeId", "1"),
            ("assigneeId", 1.5),
            ("assigneeId", True),
            ("assigneeId", 2**63),
            ("assigneeId", 10**22),
            ("creatorId", 1),
            ("id", 1),
            ("version", 1),
            ("createdAt", "2026-03-01T12:00:00Z"),
        ],
    )
    async def test_a_field_that_breaks_its_rule_is_refused_by_name(
        self, ada: Person, field: str, value: object
    ) -> None:
        task = await ada.creates_task()
        assert set(faults(await ada.http.post(TASKS, json={"title": "x", field: value}))) == {field}
        for method in CHANGING:
            assert set(faults(await ada.http.request(method, path_of(task), json={field: value}))) == {field}

    async def test_every_fault_is_named_at_once(self, ada: Person) -> None:
        wrong = {
            "title": "",
            "description": 7,
            "priority": "urgent",
            "status": "finished",
            "deadline": "2026-03-01T12:00:00",
            "assigneeId": 2**63,
            "role": "admin",
        }
        assert set(faults(await ada.http.post(TASKS, json=wrong))) == set(wrong)
        del wrong["title"]
        assert set(faults(await ada.http.post(TASKS, json=wrong))) == {"title", *wrong}

    async def test_faults_of_sense_are_named_beside_those_of_shape(self, ada: Person) -> None:
        wrong = {"title": "   ", "deadline": "9999-12-31T23:59:59-01:00", "priority": "urgent"}
        assert set(faults(await ada.http.post(TASKS, json=wrong))) == set(wrong)

    async def test_the_longest_texts_are_kept(self, ada: Person) -> None:
        task = await ada.creates_task("🪴" * 255, description="🪴" * 20_000)
        assert (len(task["title"]), len(task["description"])) == (255, 20_000)

    @pytest.mark.parametrize(
        "id",
        ["0", "-1", "01", "1.0", "1e3", "abc", "%D9%A1", "%2B1", "%201", "9223372036854775808", "9" * 23, "%00"],
    )
    async def test_what_is_no_id_is_no_task(self, ada: Person, id: str) -> None:
        problem(await ada.http.get(f"{TASKS}/{id}"), 404, "not-found")
        problem(await ada.http.patch(f"{TASKS}/{id}", json={"title": "x"}), 404, "not-found")
        problem(await ada.http.delete(f"{TASKS}/{id}"), 404, "not-found")

    @pytest.mark.parametrize("id", [BEYOND, 2**63 - 1, 2**31])
    async def test_an_id_that_nothing_has_is_not_found(self, ada: Person, id: int) -> None:
        problem(await ada.http.get(f"{TASKS}/{id}"), 404, "not-found")

    @pytest.mark.parametrize("id", [BEYOND, 2**63 - 1, 2**31])
    async def test_an_assignee_that_does_not_exist_is_a_fault(self, service: Service, id: int) -> None:
        manager = await service.joins(f"manager-{id}", Role.MANAGER)
        assert set(faults(await manager.http.post(TASKS, json={"title": "x", "assigneeId": id}))) == {"assigneeId"}


@pytest.mark.anyio
class ChangingTasksContract:
    """Changing and deleting a task."""

    @pytest.mark.parametrize("method", CHANGING)
    async def test_fields_sent_are_changed_and_fields_absent_stay(self, ada: Person, method: str) -> None:
        task = await ada.creates_task("Before", description="stays", priority="high")
        response = await ada.http.request(method, path_of(task), json={"title": "After"})
        assert response.status_code == 200
        after = document(response)
        assert after == {**task, "title": "After", "updatedAt": after["updatedAt"]}
        assert after["updatedAt"] > task["updatedAt"]
        assert response.headers["etag"] == '"2"'
        assert document(await ada.http.get(path_of(task))) == after

    @pytest.mark.parametrize("method", CHANGING)
    async def test_null_clears_what_may_be_empty(self, ada: Person, method: str) -> None:
        task = await ada.creates_task(description="gone", deadline="2026-03-01T12:00:00Z", assigneeId=ada.id)
        cleared = {"description": None, "deadline": None, "assigneeId": None}
        after = document(await ada.http.request(method, path_of(task), json=cleared))
        assert {name: after[name] for name in cleared} == cleared

    @pytest.mark.parametrize("method", CHANGING)
    async def test_what_changes_nothing_makes_no_new_version(self, ada: Person, method: str) -> None:
        task = await ada.creates_task()
        for body in ({}, {"title": task["title"]}):
            response = await ada.http.request(method, path_of(task), json=body)
            assert (response.status_code, response.headers["etag"]) == (200, '"1"')
            assert document(response) == task

    async def test_a_deleted_task_is_gone(self, ada: Person) -> None:
        task = await ada.creates_task()
        response = await ada.http.delete(path_of(task))
        assert (response.status_code, response.content) == (204, b"")
        problem(await ada.http.delete(path_of(task)), 404, "not-found")
        problem(await ada.http.get(path_of(task)), 404, "not-found")
        problem(await ada.http.patch(path_of(task), json={"title": "x"}), 404, "not-found")

    async def test_an_employee_gives_tasks_to_nobody_else(self, service: Service, ada: Person) -> None:
        other = await service.joins("colleague")
        task = await ada.creates_task()
        problem(await ada.http.post(TASKS, json={"title": "x", "assigneeId": other.id}), 403, "forbidden")
        problem(await ada.http.patch(path_of(task), json={"assigneeId": other.id}), 403, "forbidden")

    async def test_a_stranger_reads_but_neither_changes_nor_deletes(self, service: Service, ada: Person) -> None:
        task = await ada.creates_task()
        stranger = await service.joins("stranger")
        assert document(await stranger.http.get(path_of(task))) == task
        problem(await stranger.http.patch(path_of(task), json={"title": "x"}), 403, "forbidden")
        problem(await stranger.http.put(path_of(task), json={"title": "x"}), 403, "forbidden")
        problem(await stranger.http.delete(path_of(task)), 403, "forbidden")

    async def test_an_assignee_changes_but_does_not_delete(self, service: Service, ada: Person) -> None:
        manager = await service.joins("boss", Role.MANAGER)
        task = await manager.creates_task(assigneeId=ada.id)
        assert (await ada.http.patch(path_of(task), json={"status": "done"})).status_code == 200
        problem(await ada.http.delete(path_of(task)), 403, "forbidden")

    @pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMIN])
    async def test_managers_and_admins_do_all_of_it(self, service: Service, ada: Person, role: Role) -> None:
        person = await service.joins(f"the-{role}", role)
        task = await ada.creates_task()
        response = await person.http.patch(path_of(task), json={"assigneeId": person.id})
        assert document(response)["assigneeId"] == person.id
        assert (await person.http.delete(path_of(task))).status_code == 204


@pytest.mark.anyio
class ConditionalRequestsContract:
    """Reading what is not yet known, and changing only what one has seen."""

    @pytest.mark.parametrize("method", [*CHANGING, "DELETE"])
    async def test_the_version_in_if_match_must_be_the_current_one(self, ada: Person, method: str) -> None:
        task = await ada.creates_task()
        await ada.http.patch(path_of(task), json={"title": "Second"})
        body = None if method == "DELETE" else {"title": "Third"}
        stale = await ada.http.request(method, path_of(task), json=body, headers={"If-Match": '"1"'})
        problem(stale, 412, "stale")
        assert document(await ada.http.get(path_of(task)))["title"] == "Second"
        current = await ada.http.request(method, path_of(task), json=body, headers={"If-Match": '"2"'})
        assert current.is_success

    @pytest.mark.parametrize("condition", ['"1"', "*", ' "1" ', '"7", "1"', '"7","1"', '"a,b", "1"', 'W/"1", "1"'])
    async def test_if_match_holds_for_any_listed_version(self, ada: Person, condition: str) -> None:
        task = await ada.creates_task()
        response = await ada.http.patch(path_of(task), json={"title": "x"}, headers={"If-Match": condition})
        assert response.status_code == 200

    @pytest.mark.parametrize(
        "condition",
        ['W/"1"', '"01"', '"2"', '""', '"x"', "1", "garbage", '"1', '"' + "9" * 5000 + '"', '"¹"', '"-1"'],
    )
    async def test_if_match_with_any_other_tag_changes_nothing(self, ada: Person, condition: str) -> None:
        task = await ada.creates_task()
        headers = [(b"If-Match", condition.encode("latin-1"))]
        problem(await ada.http.patch(path_of(task), json={"title": "x"}, headers=headers), 412, "stale")
        assert document(await ada.http.get(path_of(task))) == task

    async def test_if_match_on_what_does_not_exist_is_not_found(self, ada: Person) -> None:
        response = await ada.http.patch(f"{TASKS}/{BEYOND}", json={"title": "x"}, headers={"If-Match": '"1"'})
        problem(response, 404, "not-found")

    @pytest.mark.parametrize("condition", ['"1"', 'W/"1"', "*", '"7", "1"', '"7",W/"1"'])
    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    async def test_a_known_version_is_not_sent_again(self, ada: Person, method: str, condition: str) -> None:
        task = await ada.creates_task()
        response = await ada.http.request(method, path_of(task), headers={"If-None-Match": condition})
        assert (response.status_code, response.content) == (304, b"")
        assert response.headers["etag"] == '"1"'
        assert response.headers["cache-control"] == "private, no-cache"
        assert "content-type" not in response.headers

    @pytest.mark.parametrize("condition", ['"2"', "1", "garbage", '"11"', '""'])
    async def test_another_version_is_sent(self, ada: Person, condition: str) -> None:
        task = await ada.creates_task()
        response = await ada.http.get(path_of(task), headers={"If-None-Match": condition})
        assert (response.status_code, document(response)) == (200, task)
