"""Ids from blocks of a sequence: one round trip for many births."""

import asyncio

from sqlalchemy import Sequence, select

from adapters.sql.cheat_tables import cheat_ids, platform_ids, topic_ids
from adapters.sql.connections import Connections
from adapters.sql.post_tables import post_ids
from adapters.sql.tables import ID_BLOCK, session_ids, task_ids, user_ids
from adapters.sql.webhook_tables import webhook_ids


class Ids:
    """Gives out the ids of one sequence, block by block.

    The sequence counts in steps of a block, so `nextval` is the first id of a block that is nobody else's.
    What is left of a block when the service ends is never used: ids are unique, not gapless.
    """

    def __init__(self, connections: Connections, sequence: Sequence) -> None:
        """Reserve nothing yet."""
        self._connections = connections
        self._reserve = select(sequence.next_value())
        self._left = iter(range(0))
        self._refilling = asyncio.Lock()

    async def next(self) -> int:
        """Return an id that was never given before.

        Raises:
            Unavailable: a new block was needed, and the database is away.
        """
        given = next(self._left, None)
        if given is not None:
            return given
        async with self._refilling:
            # Of those who found the block empty at the same time, the first fetches the next one for all.
            while (given := next(self._left, None)) is None:
                first: int = (await self._connections.fetch(self._reserve))[0][0]
                self._left = iter(range(first, first + ID_BLOCK))
            return given


class IdsOfAll:
    """The ids of every kind of entity, shared by all units of work of one store."""

    def __init__(self, connections: Connections) -> None:
        """Reserve none yet."""
        self.users = Ids(connections, user_ids)
        self.sessions = Ids(connections, session_ids)
        self.tasks = Ids(connections, task_ids)
        self.cheats = Ids(connections, cheat_ids)
        self.posts = Ids(connections, post_ids)
        self.platforms = Ids(connections, platform_ids)
        self.topics = Ids(connections, topic_ids)
        self.webhooks = Ids(connections, webhook_ids)
