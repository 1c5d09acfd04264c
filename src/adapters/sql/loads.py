"""How busy pools of connections are."""

from typing import cast

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from application.ports.load import Load


def pool_load(engine: AsyncEngine) -> Load:
    """Return how many connections of an engine's pool are in use, and how many it may have."""
    pool = cast("QueuePool", engine.pool)
    return Load(pool.checkedout(), pool.size())
