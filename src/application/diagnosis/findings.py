"""What is said of what was looked at."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Verdict(StrEnum):
    """How grave a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        subject: what was looked at, in a word or two.
        verdict: how that is.
        found: what is so.
        advice: what to do; empty where nothing is to be done.
    """

    subject: str
    verdict: Verdict
    found: str
    advice: str = ""


def rounded(span: timedelta) -> str:
    """Return a span of time as precisely as people want it."""
    seconds = span.total_seconds()
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 120 else str(timedelta(seconds=round(seconds)))
