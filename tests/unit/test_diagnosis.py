"""What is said of a database, for each thing that may be wrong with it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.clock.fixed import FixedClock
from application.diagnosis.database import DiagnoseDatabase
from application.diagnosis.findings import Finding, Verdict
from application.ports.inspection import (
    DatabaseFacts,
    Facts,
    Inspector,
    LogFacts,
    Pooling,
    ReplicaFacts,
    ServerFacts,
)
from domain.errors import Unavailable
from domain.events import Head

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 31, 17, 0, tzinfo=UTC)
FACTS = Facts(
    ServerFacts(
        latency=timedelta(milliseconds=1),
        version="18.6",
        version_number=180_006,
        clock_lead=timedelta(milliseconds=3),
        connections=97,
        durability={"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"},
        pooling=Pooling.NONE,
        is_standby=False,
        is_remote=True,
        is_encrypted=True,
    ),
    DatabaseFacts(
        encoding="UTF8",
        collation="C.UTF-8",
        size_bytes=9 * 1024**2,
        revision="0042",
        has_search=True,
        role="satchel",
        may_create=True,
        owns_all=True,
        lacking=(),
        is_superuser=False,
    ),
    LogFacts(
        unguarded=(),
        alterable=(),
        owns=False,
        room=4_000_000,
        waiting=0,
        waiting_since=None,
        last=Head(7, bytes(32)),
        last_at=NOW,
    ),
)

REPLICA = ReplicaFacts(
    is_standby=True,
    is_of_primary=True,
    has_confirmed_timeline=True,
    behind=timedelta(milliseconds=4),
    is_remote=True,
    is_encrypted=True,
)


class _Inspector(Inspector):
    def __init__(
        self, facts: Facts | Unavailable, *, hears: bool, replica: ReplicaFacts | Unavailable | None
    ) -> None:
        self._facts = facts
        self._hears = hears
        self._replica = replica

    async def inspect(self) -> Facts:
        if isinstance(self._facts, Unavailable):
            raise self._facts
        return self._facts

    async def inspect_replica(self) -> ReplicaFacts | None:
        if isinstance(self._replica, Unavailable):
            raise self._replica
        return self._replica

    async def hears_news(self) -> bool:
        return self._hears


async def diagnosed(
    facts: Facts | Unavailable = FACTS,
    *,
    hears: bool = True,
    replica: ReplicaFacts | Unavailable | None = None,
    connections: int = 11,
    **expected: bool,
) -> dict[str, Finding]:
    """Return what is found of a database of which this is so, by subject."""
    expects = {"expects_pooler": False, "hears_directly": False, "is_own_server": False, **expected}
    diagnose = DiagnoseDatabase(
        _Inspector(facts, hears=hears, replica=replica),
        FixedClock(NOW),
        revision="0042",
        connections=connections,
        **expects,
    )
    return {finding.subject: finding for finding in await diagnose()}


def where(room: str, changes: Mapping[str, Any]) -> Facts:
    """Return the facts with these changes in one of their parts."""
    return replace(FACTS, **{room: replace(getattr(FACTS, room), **changes)})


async def test_of_a_fit_database_nothing_is_to_be_mended() -> None:
    findings = await diagnosed()
    assert {finding.verdict for finding in findings.values()} == {Verdict.OK}
    assert not any(finding.advice for finding in findings.values())


async def test_of_one_that_is_away_that_alone_is_told() -> None:
    findings = await diagnosed(Unavailable("It is away.", reason="connection refused"))
    assert [(each.verdict, each.found) for each in findings.values()] == [(Verdict.FAIL, "connection refused")]


@pytest.mark.parametrize(
    ("room", "changes", "subject", "verdict"),
    [
        ("server", {"is_standby": True}, "database", Verdict.FAIL),
        ("server", {"latency": timedelta(milliseconds=80)}, "database", Verdict.WARN),
        ("server", {"version_number": 140_011}, "version", Verdict.FAIL),
        ("server", {"is_encrypted": False}, "connection", Verdict.WARN),
        ("server", {"durability": {"fsync": "off"}}, "durability", Verdict.FAIL),
        ("server", {"durability": {"synchronous_commit": "local"}}, "durability", Verdict.OK),
        ("server", {"clock_lead": timedelta(seconds=-61)}, "clock", Verdict.WARN),
        ("server", {"pooling": Pooling.TRANSACTION}, "pooler", Verdict.FAIL),
        ("server", {"pooling": Pooling.SESSION}, "pooler", Verdict.OK),
        ("server", {"connections": 10}, "connections", Verdict.FAIL),
        ("server", {"connections": 20}, "connections", Verdict.WARN),
        ("database", {"encoding": "LATIN1"}, "encoding", Verdict.FAIL),
        ("database", {"revision": None}, "migrations", Verdict.FAIL),
        ("database", {"revision": "0041"}, "migrations", Verdict.FAIL),
        ("database", {"has_search": False}, "extension", Verdict.FAIL),
        ("database", {"has_search": False, "revision": None}, "extension", Verdict.WARN),
        ("database", {"is_superuser": True}, "rights", Verdict.WARN),
        ("database", {"owns_all": False, "lacking": ("tasks",)}, "rights", Verdict.FAIL),
        ("database", {"owns_all": False, "may_create": False}, "rights", Verdict.OK),
        ("log", {"unguarded": ("events",)}, "log", Verdict.FAIL),
        ("log", {"alterable": ("events",)}, "log", Verdict.WARN),
        ("log", {"waiting": 3, "waiting_since": NOW - timedelta(hours=1)}, "sealing", Verdict.WARN),
        ("log", {"waiting": 3, "waiting_since": NOW}, "sealing", Verdict.OK),
        ("log", {"last": None, "last_at": None}, "last event", Verdict.OK),
        ("log", {"room": 999_999}, "log parts", Verdict.WARN),
        ("log", {"room": -3}, "log parts", Verdict.WARN),
    ],
)
async def test_each_thing_that_is_wrong_is_named_with_what_to_do(
    room: str, changes: Mapping[str, Any], subject: str, verdict: Verdict
) -> None:
    finding = (await diagnosed(where(room, changes)))[subject]
    assert finding.verdict is verdict
    assert bool(finding.advice) == (verdict is not Verdict.OK)


async def test_satchels_own_server_has_a_superuser_of_its_own() -> None:
    findings = await diagnosed(where("database", {"is_superuser": True}), is_own_server=True)
    assert findings["rights"].verdict is Verdict.OK


async def test_a_pooler_that_is_not_there_is_only_slow() -> None:
    assert (await diagnosed(expects_pooler=True))["pooler"].verdict is Verdict.WARN


async def test_a_pooler_that_is_expected_is_as_it_should_be_and_shares_connections_out() -> None:
    facts = where("server", {"pooling": Pooling.TRANSACTION, "connections": 5})
    findings = await diagnosed(facts, expects_pooler=True)
    assert findings["pooler"].verdict is Verdict.OK
    assert findings["connections"].verdict is Verdict.OK
    assert "does not pass" in findings["news"].found


async def test_news_that_does_not_arrive_is_told() -> None:
    finding = (await diagnosed(hears=False, hears_directly=True))["news"]
    assert finding.verdict is Verdict.WARN
    assert "DATABASE_LISTEN_URL" in finding.advice


async def test_of_a_replica_is_only_told_where_there_is_one() -> None:
    assert "replica" not in await diagnosed()
    assert (await diagnosed(replica=REPLICA))["replica"].verdict is Verdict.OK


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"is_standby": False, "behind": None}, "is no replica"),
        ({"is_of_primary": False, "behind": None}, "another server"),
        ({"has_confirmed_timeline": False}, "promoted"),
        ({"behind": None}, "stands still"),
        ({"is_encrypted": False}, "not encrypted"),
    ],
)
async def test_a_replica_that_is_not_asked_is_told_with_what_to_do(changes: Mapping[str, Any], found: str) -> None:
    finding = (await diagnosed(replica=replace(REPLICA, **changes)))["replica"]
    assert finding.verdict is Verdict.WARN
    assert found in finding.found
    assert finding.advice


async def test_a_replica_that_is_away_hides_nothing_else() -> None:
    findings = await diagnosed(replica=Unavailable("It is away.", reason="connection refused"))
    assert findings["replica"].found == "connection refused"
    assert findings["news"].verdict is Verdict.OK
