"""Instances of Satchel that share a database, as far as sessions go, and ways to see what they do."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, event

from adapters.sql.connections import Connections
from adapters.sql.ids import IdsOfAll
from adapters.sql.lists import Lists
from adapters.sql.news import News
from adapters.sql.notices import SqlNotices
from adapters.sql.pipeline import Change, Pipeline
from adapters.sql.prepared import AnyRow, Prepared
from adapters.sql.session_directory import SqlSessionDirectory
from adapters.sql.unit_of_work import SqlUnitOfWork
from application.ports.session_directory import SessionDirectory
from domain.sessions import Session
from domain.users import User
from tests.contracts.sample import a_kept_session, a_kept_user

PATIENCE_SECONDS = 60

_LISTENERS = """
    FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'satchel' AND query LIKE '%pg_listening_channels%'
"""


class StoppedClock:
    """A clock that a test moves by hand; while it stands, what was heard counts however slow the machine is."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def __call__(self) -> float:
        return self._seconds

    def advance(self, seconds: float) -> None:
        """Move on."""
        self._seconds += seconds


class Instance:
    """One process of Satchel, whose news may come by another way than the rest."""

    def __init__(self, url: str, *, news_url: str | None = None, most: int = 100) -> None:
        self.clock = StoppedClock()
        self.connections = Connections(url, pool_size=4)
        self.news = News(news_url or url, now=self.clock)
        self.directory = SqlSessionDirectory(self.connections, self.news, most=most)
        self.notices = SqlNotices(self.news)
        self._ids = IdsOfAll(self.connections)

    def unit_of_work(self) -> SqlUnitOfWork:
        """Open a unit of work."""
        lists = Lists(self.connections)
        return SqlUnitOfWork(self.connections, lists, self.directory, self.notices, self._ids)

    async def remembered_session(self, user: User | None = None) -> tuple[Session, User]:
        """Return a new session that this instance remembers; of a new user, if of nobody else."""
        if user is None:
            user = await a_kept_user(self.unit_of_work)
        session = await a_kept_session(self.unit_of_work, user)
        await eventually_remembers(self.directory, session)
        return session, user

    async def close(self) -> None:
        """Let go of everything."""
        await self.news.close()
        await self.connections.close()


@asynccontextmanager
async def an_instance(url: str, *, news_url: str | None = None, most: int = 100) -> AsyncGenerator[Instance]:
    """Yield an instance that is closed afterwards."""
    instance = Instance(url, news_url=news_url, most=most)
    try:
        yield instance
    finally:
        await instance.close()


@contextmanager
def statements(*, of: asyncio.Task[Any] | None = None) -> Generator[list[str]]:
    """Yield a list that collects every statement sent, by whichever store and on whichever way; or by one task."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if of is None or of is asyncio.current_task():
            sent.append(statement)

    fetch, commit = Pipeline.fetch, Pipeline.commit

    async def noted_fetch(self: Pipeline, prepared: Prepared, values: Mapping[str, object]) -> list[AnyRow]:
        note(None, None, prepared.text)
        return await fetch(self, prepared, values)

    async def noted_commit(self: Pipeline, changes: Sequence[Change]) -> None:
        for prepared, _, _ in changes:
            note(None, None, prepared.text)
        await commit(self, changes)

    event.listen(Engine, "before_cursor_execute", note)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pipeline, "fetch", noted_fetch)
        patch.setattr(Pipeline, "commit", noted_commit)
        try:
            yield sent
        finally:
            event.remove(Engine, "before_cursor_execute", note)


async def remembers(directory: SessionDirectory, session: Session) -> bool:
    """Tell whether the session is found without a statement."""
    with statements() as sent:
        assert await directory.find(session.id) is not None
    return not sent


async def eventually_remembers(directory: SessionDirectory, session: Session) -> None:
    """Ask until the session is found without a statement."""
    await eventually(lambda: remembers(directory, session))


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Look again and again until the condition holds, and fail if it never does."""
    for _ in range(PATIENCE_SECONDS * 100):
        if await condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("It did not come to pass.")


def by_hand(url: str, statement: str) -> None:
    """Execute and commit what an operator types into psql."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def listeners(url: str) -> int:
    """Count the connections on which news is awaited."""
    with psycopg.connect(url, autocommit=True) as connection:
        return len(connection.execute(f"SELECT pid {_LISTENERS}".encode()).fetchall())


def terminate_listeners(url: str) -> None:
    """End the connections on which news is awaited, as an operator or a restart does."""
    with psycopg.connect(url, autocommit=True) as connection:
        ended = connection.execute(f"SELECT pg_terminate_backend(pid, 5000) {_LISTENERS}".encode()).fetchall()
    if not ended:
        pytest.fail("Nobody listens.")
