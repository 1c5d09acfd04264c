"""Who is behind a session, from memory for as long as PostgreSQL would tell of a change."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from sqlalchemy import BigInteger, any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.sql.connections import Connections
from adapters.sql.news import ACCOUNTS, News
from adapters.sql.sessions import SESSION_COLUMNS, session_from, session_with_user
from adapters.sql.tables import sessions, users
from adapters.sql.users import USER_COLUMNS, user_from
from application.ports.session_directory import SessionDirectory
from domain.sessions import Session
from domain.users import User

_REMEMBERED_MOST: Final = 10_000
_FIND_ALL: Final = (
    select(*SESSION_COLUMNS, *USER_COLUMNS)
    .join_from(sessions, users, sessions.c.user_id == users.c.id)
    .where(sessions.c.id == any_(bindparam("ids", type_=ARRAY(BigInteger))))
)


class SqlSessionDirectory(SessionDirectory):
    """Remembers the sessions that were asked for, and forgets those of which there is news.

    Memory counts only while `News.is_complete`. It holds what the database answered if no news at all
    came in between question and answer: that answer might be older than the news.
    """

    def __init__(self, connections: Connections, news: News, *, most: int = _REMEMBERED_MOST) -> None:
        """Remember none; nothing is connected before the first question.

        Args:
            connections: by which the database is asked.
            news: of the same database.
            most: how many sessions are remembered; beyond that, those not asked for the longest are forgotten.
        """
        self._connections = connections
        self._memory = _Memory(most)
        self._news = news
        news.follow(tell=self._take, lose=self._memory.forget_all)

    async def find(self, session_id: int) -> tuple[Session, User] | None:
        """Return the session and its account, from memory or from one row of a join.

        Raises:
            Unavailable: the database had to be asked and is away or busy.
        """
        self._news.listen()
        if not self._news.is_complete:
            return await session_with_user(self._connections, session_id)
        if remembered := self._memory.get(session_id):
            return remembered
        upheavals = self._memory.upheavals
        found = await session_with_user(self._connections, session_id)
        if found is not None and upheavals == self._memory.upheavals:
            self._memory.keep(*found)
        return found

    async def find_all(self, session_ids: Collection[int]) -> Mapping[int, tuple[Session, User]]:
        """Return those of these sessions that exist, from memory or from one statement for all that are not there.

        Raises:
            Unavailable: the database had to be asked and is away or busy.
        """
        self._news.listen()
        is_complete, upheavals = self._news.is_complete, self._memory.upheavals
        found: dict[int, tuple[Session, User]] = {}
        if is_complete:
            found = {each: known for each in session_ids if (known := self._memory.get(each))}
        if unknown := [each for each in session_ids if each not in found]:
            for row in await self._connections.fetch(_FIND_ALL, {"ids": unknown}):
                session = session_from(row[: len(SESSION_COLUMNS)])
                user = user_from(row[len(SESSION_COLUMNS) :])
                found[session.id] = session, user
                if is_complete and upheavals == self._memory.upheavals:
                    self._memory.keep(session, user)
        return found

    def forget(self, *, users: Iterable[int], sessions: Iterable[int]) -> None:
        """Take it that these changed, or may have; users stand for all sessions of theirs."""
        for user_id in users:
            self._memory.forget_user(user_id)
        for session_id in sessions:
            self._memory.forget_session(session_id)

    def _take(self, channel: str, news: str) -> None:
        if channel != ACCOUNTS:
            return
        try:
            match news.split(" "):
                case ["user", id]:
                    self._memory.forget_user(int(id))
                case ["session", id]:
                    self._memory.forget_session(int(id))
                case _:
                    self._memory.forget_all()
        except ValueError:
            self._memory.forget_all()


class _Memory:
    """The sessions asked for last, with their accounts; `upheavals` counts how often anything was forgotten."""

    def __init__(self, most: int) -> None:
        self.upheavals = 0
        self._most = most
        self._found: OrderedDict[int, tuple[Session, User]] = OrderedDict()
        self._sessions_of: dict[int, set[int]] = {}

    def get(self, session_id: int) -> tuple[Session, User] | None:
        found = self._found.get(session_id)
        if found is not None:
            self._found.move_to_end(session_id)
        return found

    def keep(self, session: Session, user: User) -> None:
        self._found[session.id] = session, user
        self._sessions_of.setdefault(user.id, set()).add(session.id)
        if len(self._found) > self._most:
            self._drop(next(iter(self._found)))

    def forget_session(self, session_id: int) -> None:
        self.upheavals += 1
        self._drop(session_id)

    def forget_user(self, user_id: int) -> None:
        self.upheavals += 1
        for session_id in self._sessions_of.pop(user_id, ()):
            del self._found[session_id]

    def forget_all(self) -> None:
        self.upheavals += 1
        self._found.clear()
        self._sessions_of.clear()

    def _drop(self, session_id: int) -> None:
        if (found := self._found.pop(session_id, None)) is None:
            return
        user_id = found[1].id
        self._sessions_of[user_id].discard(session_id)
        if not self._sessions_of[user_id]:
            del self._sessions_of[user_id]
