"""What is said of the server, and of the way there."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from application.diagnosis.findings import Finding, Verdict, rounded
from application.ports.inspection import ServerFacts

_VERSION_LEAST: Final = 150_000
_LATENCY_MOST: Final = timedelta(milliseconds=20)
_CLOCK_MOST: Final = timedelta(seconds=2)


def of_server(server: ServerFacts) -> Iterator[Finding]:
    """Yield what there is to say."""
    latency = f"answers in {server.latency / timedelta(milliseconds=1):.1f} ms"
    if server.is_standby:
        yield Finding("database", Verdict.FAIL, "is a standby, which takes no changes", "Name the primary server.")
    elif server.latency > _LATENCY_MOST:
        yield Finding("database", Verdict.WARN, latency, "Each request waits for that: move them closer together.")
    else:
        yield Finding("database", Verdict.OK, latency)
    if server.version_number >= _VERSION_LEAST:
        yield Finding("version", Verdict.OK, f"PostgreSQL {server.version}")
    else:
        yield Finding("version", Verdict.FAIL, f"PostgreSQL {server.version}", "Satchel needs 15 or later.")
    if server.is_encrypted or not server.is_remote:
        how = "is encrypted" if server.is_encrypted else "stays on this machine"
        yield Finding("connection", Verdict.OK, how)
    else:
        advice = "Add ?sslmode=verify-full to DATABASE_URL, unless the network is yours alone."
        yield Finding("connection", Verdict.WARN, "is not encrypted", advice)
    off = [name for name, value in server.durability.items() if value == "off"]
    if off:
        advice = "A crash of the machine would lose or damage what was kept. Turn it on."
        yield Finding("durability", Verdict.FAIL, f"{', '.join(off)} is off", advice)
    else:
        yield Finding("durability", Verdict.OK, f"{', '.join(server.durability)} are on")
    lead = server.clock_lead
    clock = f"the database's is {rounded(abs(lead))} {'ahead' if lead > timedelta(0) else 'behind'}"
    if abs(lead) > _CLOCK_MOST:
        advice = "Let both machines take their time from one source, such as chrony or systemd-timesyncd."
        yield Finding("clock", Verdict.WARN, clock, advice)
    else:
        yield Finding("clock", Verdict.OK, clock)
