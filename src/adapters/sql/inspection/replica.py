"""What the replica and its primary say of how one follows the other."""

import asyncio
from contextlib import suppress
from typing import Final

from adapters.sql import replica
from adapters.sql.connections import PatientConnection
from adapters.sql.inspection.connecting import is_remote, row
from application.ports.clock import Clock
from application.ports.inspection import ReplicaFacts

_CATCH_UP_SECONDS: Final = 2.0
_FIRST_PAUSE_SECONDS: Final = 0.001
_WRITTEN: Final = str(replica.WRITTEN).encode()
_REPLAYED: Final = str(replica.REPLAYED).encode()
_SYSTEM: Final = str(replica.SYSTEM).encode()


async def replica_facts(primary: PatientConnection, follower: PatientConnection, clock: Clock) -> ReplicaFacts:
    """Return what is so of the replica, having waited a moment for it to catch up."""
    written = await row(primary, _WRITTEN)
    asked = clock.now()
    systems = [await row(each, _SYSTEM) for each in (primary, follower)]
    is_standby = (await row(follower, _REPLAYED))["position"] is not None
    is_of_primary = systems[0]["identifier"] == systems[1]["identifier"]
    behind = None
    if is_standby and is_of_primary and written["position"] is not None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_CATCH_UP_SECONDS):
                await _reach(written["position"], follower)
            behind = clock.now() - asked
    return ReplicaFacts(
        is_standby=is_standby,
        is_of_primary=is_of_primary,
        has_confirmed_timeline=systems[1]["timeline"] == written["timeline"],
        behind=behind,
        is_remote=is_remote(follower),
        is_encrypted=follower.pgconn.ssl_in_use,
    )


async def _reach(position: int, follower: PatientConnection) -> None:
    pause = _FIRST_PAUSE_SECONDS
    while (await row(follower, _REPLAYED))["position"] < position:
        await asyncio.sleep(pause)
        pause *= 2
