"""A day with Satchel: the real server, the real database, told from the first request to the last."""

from collections.abc import Generator
from pathlib import Path

import httpx
import pytest

from tests.integration.http_server import running_server


@pytest.fixture
def satchel(database_url: str, tmp_path: Path) -> Generator[httpx.Client]:
    """A client of a server that has just been started."""
    with (
        running_server(tmp_path, {"DATABASE_URL": database_url}) as address,
        httpx.Client(base_url=address) as http,
    ):
        yield http


def test_a_day_with_satchel(satchel: httpx.Client) -> None:  # noqa: PLR0915  # a day is long
    """Ada and Grace share a list, get into each other's way, and lock up in the evening."""
    # The service is up, and says so to whoever asks.
    health = satchel.get("/health")
    assert health.status_code == 200
    assert health.json()["database"]["status"] == "ok"
    assert satchel.get("/health/ready").json() == {"status": "ok"}

    # Without a token there is nothing to see.
    assert satchel.get("/api/v1/tasks").status_code == 401

    # Ada signs up. Her name is hers from then on, however it is spelled.
    newcomer = {"username": "ada", "email": "ada@example.org", "password": "correct horse battery staple"}
    signed_up = satchel.post("/api/v1/auth/signup", json=newcomer)
    assert signed_up.status_code == 201
    again = satchel.post("/api/v1/auth/signup", json={**newcomer, "username": "ADA", "email": None})
    assert again.status_code == 409
    assert again.json()["errors"] == [{"field": "username", "message": "is taken"}]

    # Next morning she signs in, by her email this time.
    wrong = satchel.post("/api/v1/auth/login", json={"email": "ada@example.org", "password": "wrong horse"})
    assert wrong.status_code == 401
    credentials = {"email": "Ada@Example.org", "password": newcomer["password"]}
    signed_in = satchel.post("/api/v1/auth/login", json=credentials)
    assert signed_in.status_code == 200
    ada = {"Authorization": f"Bearer {signed_in.json()['accessToken']}"}
    me = satchel.get("/api/v1/auth/me", headers=ada)
    assert me.json()["username"] == "ada"

    # She notes what is to be done today.
    created = satchel.post(
        "/api/v1/tasks",
        headers=ada,
        json={
            "title": "Water the plants",
            "description": "The fern, too.",
            "priority": "high",
            "deadline": "2026-03-01T18:00:00+01:00",
            "assigneeId": me.json()["id"],
        },
    )
    assert created.status_code == 201
    plants = created.headers["location"]
    assert created.json()["deadline"] == "2026-03-01T17:00:00Z"
    for title in ("Écrire la lettre", "Buy soil", "Sharpen the pencils"):
        assert satchel.post("/api/v1/tasks", headers=ada, json={"title": title}).status_code == 201

    # The list shows the newest first, a few at a time.
    first = satchel.get("/api/v1/tasks?limit=3", headers=ada)
    assert [task["title"] for task in first.json()] == ["Sharpen the pencils", "Buy soil", "Écrire la lettre"]
    rest = satchel.get(first.links["next"]["url"], headers=ada)
    assert [task["title"] for task in rest.json()] == ["Water the plants"]
    assert "next" not in rest.links

    # She looks for what she has, what presses, and what she remembers a part of.
    mine = satchel.get("/api/v1/tasks?assigneeId=me&status=todo,in_progress", headers=ada)
    assert [task["title"] for task in mine.json()] == ["Water the plants"]
    pressing = satchel.get("/api/v1/tasks?sort=-priority&page=1&limit=1", headers=ada)
    assert pressing.headers["x-total-count"] == "4"
    assert [task["title"] for task in pressing.json()] == ["Water the plants"]
    remembered = satchel.get("/api/v1/tasks", headers=ada, params={"q": "ecrire LETTRE"})
    assert [task["title"] for task in remembered.json()] == ["Écrire la lettre"]

    # Grace joins. She reads Ada's tasks, and leaves them alone because she must.
    signed_up = satchel.post(
        "/api/v1/users/register", json={"username": "grace", "password": "nine bugs in a jar"}
    )
    grace = {"Authorization": f"Bearer {signed_up.json()['accessToken']}"}
    assert satchel.get(plants, headers=grace).json()["title"] == "Water the plants"
    assert satchel.delete(plants, headers=grace).status_code == 403
    assert "email" not in satchel.get(f"/api/v1/users/{me.json()['id']}", headers=grace).json()

    # Ada has the task open in two windows. The second to save is told so, and nothing is overwritten.
    seen = satchel.get(plants, headers=ada).headers["etag"]
    begun = satchel.patch(plants, headers={**ada, "If-Match": seen}, json={"status": "in_progress"})
    assert begun.status_code == 200
    late = satchel.patch(plants, headers={**ada, "If-Match": seen}, json={"title": "Water the cacti"})
    assert late.status_code == 412
    assert satchel.get(late.json()["type"]).status_code == 200
    current = satchel.get(plants, headers=ada)
    assert (current.json()["title"], current.json()["status"]) == ("Water the plants", "in_progress")
    unchanged = satchel.get(plants, headers={**ada, "If-None-Match": current.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")

    # The plants are watered, and the letter is not going to be written.
    done = satchel.put(
        plants, headers={**ada, "If-Match": current.headers["etag"]}, json={"status": "done", "deadline": None}
    )
    assert (done.json()["status"], done.json()["deadline"]) == ("done", None)
    letter = f"/api/v1/tasks/{remembered.json()[0]['id']}"
    assert satchel.delete(letter, headers=ada).status_code == 204
    assert satchel.get(letter, headers=ada).status_code == 404
    summary = satchel.get("/api/v1/tasks/summary", headers=ada).json()
    assert summary["byStatus"] == {"todo": 2, "in_progress": 0, "done": 1}

    # Her access token wears out, so she refreshes it; the old refresh token is spent by that.
    refreshed = satchel.post("/api/v1/auth/refresh", json={"refreshToken": signed_in.json()["refreshToken"]})
    assert refreshed.status_code == 200
    evening = {"Authorization": f"Bearer {refreshed.json()['accessToken']}"}
    assert satchel.get("/hello", headers=evening).json() == {"message": "hello world", "username": "ada"}

    # In the evening she signs out, and both tokens are worth nothing.
    assert satchel.post("/api/v1/auth/logout", headers=evening).status_code == 204
    dead = satchel.get("/api/v1/auth/me", headers=evening)
    assert dead.status_code == 401
    assert dead.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    spent = satchel.post("/api/v1/auth/refresh", json={"refreshToken": refreshed.json()["refreshToken"]})
    assert spent.status_code == 401

    # Grace is still there.
    assert satchel.get("/hello", headers=grace).json()["username"] == "grace"
