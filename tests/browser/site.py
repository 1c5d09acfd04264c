"""The Satchel that browsers look at: a server and a database of its own, and people with accounts."""

import itertools
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.integration.cli_processes import KEY, calling_in
from tests.integration.http_server import running_server

PASSWORD = "correct horse battery staple"
_SECONDS = 60


@dataclass(frozen=True)
class Person:
    """Someone with an account, who can also do without a browser."""

    id: int
    username: str
    password: str
    _http: httpx.Client = field(repr=False)
    _access_token: str = field(repr=False)

    def reads(self, path: str) -> Any:
        """Return what the API answers."""
        return self._asks("GET", path)

    def creates(self, path: str, **fields: object) -> dict[str, Any]:
        """Create something by the API, and return it."""
        created: dict[str, Any] = self._asks("POST", path, fields)
        return created

    def changes(self, path: str, **fields: object) -> dict[str, Any]:
        """Change something by the API, and return it."""
        changed: dict[str, Any] = self._asks("PATCH", path, fields)
        return changed

    def deletes(self, path: str) -> None:
        """Delete something by the API."""
        self._asks("DELETE", path)

    def _asks(self, method: str, path: str, fields: Mapping[str, object] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._access_token}"}
        answer = self._http.request(method, path, json=fields, headers=headers)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


@dataclass(frozen=True)
class Site:
    """A running Satchel, and who is there from the beginning."""

    url: str
    admin: Person
    _http: httpx.Client = field(repr=False)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def joins(self, role: str = "employee") -> Person:
        """Return someone new, whom no other test knows."""
        username = f"{role}-{next(self._numbers)}"
        account = self.admin.creates("/users", username=username, password=PASSWORD, role=role)
        return _signed_in(self._http, account["username"], PASSWORD)


@contextmanager
def running_site(folder: Path, database_url: str, *, is_empty: bool) -> Generator[Site]:
    """Yield a Satchel on this database, with the demo's data, or with an admin and nothing else.

    Args:
        folder: for what it keeps in files.
        database_url: of an empty database.
        is_empty: whether the demo's data are left out.
    """
    variables = {
        # The tests of one process take longer than a token lives.
        "ACCESS_TOKEN_MINUTES": "60",
        "DATABASE_URL": database_url,
        "DATA_DIR": str(folder),
        "ENVIRONMENT": "development",
        "LOG_LEVEL": "warning",
        "SECRET_KEY": KEY,
        "WORKERS": "1",
    }
    command = "users create admin --role admin --password-stdin" if is_empty else "seed --demo"
    with (
        running_server(folder, variables) as url,
        httpx.Client(base_url=f"{url}/api/v1", timeout=_SECONDS) as http,
        # Its loop could not run in a thread in which a browser's does.
        ThreadPoolExecutor(1) as thread,
    ):
        done = thread.submit(calling_in(folder), *command.split(), stdin=PASSWORD, **variables).result()
        assert done.returncode == 0, done.stderr
        yield Site(url, _signed_in(http, "admin", PASSWORD if is_empty else "admin123"), http)


def _signed_in(http: httpx.Client, username: str, password: str) -> Person:
    answer = http.post("/auth/login", json={"username": username, "password": password})
    assert answer.is_success, answer.text
    session = answer.json()
    return Person(session["user"]["id"], username, password, http, session["accessToken"])
