"""What is said of the log of events."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from application.diagnosis.findings import Finding, Verdict, rounded
from application.ports.inspection import LogFacts

_WAITING_MOST: Final = timedelta(minutes=1)
# A part: as long as there is one ahead, the log has years in most teams, and hours where much happens.
_ROOM_LEAST: Final = 1_000_000


def of_log(log: LogFacts, now: datetime) -> Iterator[Finding]:
    """Yield what there is to say at this time."""
    if log.unguarded:
        yield Finding(
            "log",
            Verdict.FAIL,
            f"{', '.join(log.unguarded[:3])} can be changed: its trigger is missing or switched off",
            'Run "satchel audit verify" to see whether it was; as the owner, '
            "ALTER TABLE … ENABLE TRIGGER only_grows.",
        )
    elif log.alterable:
        yield Finding(
            "log",
            Verdict.WARN,
            f"the trigger alone keeps the role from changing {', '.join(log.alterable[:3])}",
            "Let the owner REVOKE UPDATE, DELETE ON it, after each migration.",
        )
    else:
        yield Finding("log", Verdict.OK, "only grows" + (", but its owner could lift that" if log.owns else ""))
    if log.last is None or log.last_at is None:
        yield Finding("last event", Verdict.OK, "none yet")
    else:
        yield Finding("last event", Verdict.OK, f"{log.last.id:,}, of {log.last_at:%Y-%m-%d %H:%M}Z")
    if log.room < _ROOM_LEAST:
        room = f"{log.room:,} more events" if log.room > 0 else "no more events: they lie beside its parts"
        advice = 'Run "satchel migrate", as the role that owns the tables: it makes new parts.'
        yield Finding("log parts", Verdict.WARN, f"have room for {room}", advice)
    else:
        yield Finding("log parts", Verdict.OK, f"have room for {log.room:,} more events")
    age = timedelta(0) if log.waiting_since is None else now - log.waiting_since
    if age > _WAITING_MOST:
        yield Finding(
            "sealing",
            Verdict.WARN,
            f"{log.waiting:,} events wait for their places, the oldest for {rounded(age)}",
            "Whichever instance runs gives them theirs. If one does, its log says what holds it up.",
        )
    else:
        yield Finding("sealing", Verdict.OK, f"{log.waiting:,} events wait for their places")
