"""What is said of the replica. Whatever is wrong with it, lists are read from the primary meanwhile."""

from application.diagnosis.findings import Finding, Verdict, rounded
from application.ports.inspection import ReplicaFacts

_SUBJECT = "replica"


def of_replica(replica: ReplicaFacts) -> Finding:
    """Return what there is to say."""
    if not replica.is_standby or not replica.is_of_primary:
        of_what = "is no replica" if not replica.is_standby else "follows another server"
        advice = "DATABASE_READ_URL must name a streaming replica of the server that DATABASE_URL names."
        return Finding(_SUBJECT, Verdict.WARN, of_what, advice)
    if not replica.has_confirmed_timeline:
        found = "has not confirmed that it follows the primary, which was promoted"
        advice = "It does so within minutes, or at once by CHECKPOINT. Else make it anew from the primary."
        return Finding(_SUBJECT, Verdict.WARN, found, advice)
    if replica.behind is None:
        advice = "Look at its log, its disk and pg_stat_wal_receiver there."
        return Finding(_SUBJECT, Verdict.WARN, "is seconds behind, or stands still", advice)
    if replica.is_remote and not replica.is_encrypted:
        advice = "Add ?sslmode=verify-full to DATABASE_READ_URL, unless the network is yours alone."
        return Finding(_SUBJECT, Verdict.WARN, "the connection to it is not encrypted", advice)
    return Finding(_SUBJECT, Verdict.OK, f"had everything within {rounded(replica.behind)}")


def of_replica_away(reason: str) -> Finding:
    """Return what there is to say where nobody answers."""
    return Finding(_SUBJECT, Verdict.WARN, reason, "Start it, or correct DATABASE_READ_URL.")
