"""Two instances behind nginx, restarted one after the other under load: nobody outside notices."""

import asyncio
from collections import Counter
from functools import partial
from pathlib import Path

import anyio.to_thread
import httpx
import pytest

from adapters.postgres.postmaster import free_port
from tests.contracts.http_service import API, PASSWORD, SECRET_KEY, TASKS
from tests.integration.cli_processes import PATIENCE, Serve, Service, await_that
from tests.integration.nginx import nginx_before

WRITERS = 2


def is_ready(service: Service) -> bool:
    try:
        return httpx.get(f"{service.url()}/health/ready", timeout=PATIENCE).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.anyio
async def test_a_rolling_restart_fails_no_request_and_loses_no_write(
    serve: Serve, database_url: str, tmp_path: Path
) -> None:
    ports = [free_port(), free_port()]
    variables = {
        "DATABASE_URL": database_url,
        "SECRET_KEY": SECRET_KEY,
        "TRUSTED_PROXIES": "127.0.0.1",
        "SHUTDOWN_DELAY_SECONDS": "1",
    }

    def start(port: int) -> Service:
        return serve("--port", str(port), **variables)

    services = [start(port) for port in ports]
    for service in services:
        await_that(partial(is_ready, service))
    with nginx_before(tmp_path / "nginx", [f"127.0.0.1:{port}" for port in ports]) as address:
        async with httpx.AsyncClient(base_url=address, timeout=PATIENCE) as http:
            account = {"username": "ada", "password": PASSWORD}
            token = (await http.post(f"{API}/auth/signup", json=account)).json()["accessToken"]
            http.headers["Authorization"] = f"Bearer {token}"
            answers, kept, ended = Counter[tuple[str, int]](), dict[str, str](), asyncio.Event()

            async def asks(method: str, path: str, body: object = None) -> httpx.Response:
                answer = await http.request(method, path, json=body)
                answers[method, answer.status_code] += 1
                return answer

            async def work(writer: int) -> None:
                number = 0
                while not ended.is_set():
                    number += 1
                    created = await asks("POST", TASKS, {"title": f"{writer}: {number}"})
                    if created.status_code == 201:
                        path = created.headers["Location"]
                        kept[path] = (await asks("PUT", path, {"title": f"{writer}, {number}"})).json()["title"]
                        assert (await asks("GET", path)).json()["title"] == kept[path]

            async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
                for writer in range(WRITERS):
                    group.create_task(work(writer))
                for place, port in enumerate(ports):
                    assert await anyio.to_thread.run_sync(services[place].end) == 0
                    services[place] = start(port)
                    await anyio.to_thread.run_sync(await_that, partial(is_ready, services[place]))
                ended.set()
            assert set(answers) == {("POST", 201), ("PUT", 200), ("GET", 200)}
            for path, title in kept.items():
                assert (await http.get(path)).json()["title"] == title
